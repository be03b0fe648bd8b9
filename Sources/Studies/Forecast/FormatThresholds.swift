import Foundation
import Statistics
import Tensors

extension ForecastThreshold {
    /// How far the largest of many normal numbers lies above their root mean square: in a billion of
    /// them, about six times.
    static let peak = 6.0

    /// The ceilings or floors of a root mean square in the formats that training uses; that which the
    /// run computes in is an alarm.
    static func formats(_ type: ElementType?, floors: Bool = false) -> [ForecastThreshold] {
        let single = (
            "f32", Double(Float.greatestFiniteMagnitude), Double(Float.leastNormalMagnitude)
        )
        let narrow = NumberFormat.allCases.map { ($0.rawValue, $0.largest, $0.smallestNormal) }
        return ([single] + narrow).map { name, largest, smallestNormal in
            let level: Level = name == type.map { "\($0)" } ? .alarm : .format
            return floors
                ? ForecastThreshold(
                    "\(name), smallest normal", smallestNormal, level, isCeiling: false)
                : ForecastThreshold(
                    "\(name), a sixth of the largest", largest / peak, level, isCeiling: true)
        }
    }
}
