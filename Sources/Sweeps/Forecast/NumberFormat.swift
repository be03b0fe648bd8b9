import Tensors

/// The range of a number format.
public struct NumberFormat: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// The largest finite number.
    public let largest: Double
    /// The smallest number of full precision.
    public let smallestNormal: Double

    /// The formats that training uses, as PyTorch's and `ml_dtypes`' `finfo` give them.
    public static let all: [NumberFormat] = [
        NumberFormat(name: "f32", largest: 3.4028e38, smallestNormal: 1.1755e-38),
        NumberFormat(name: "bf16", largest: 3.3895e38, smallestNormal: 1.1755e-38),
        NumberFormat(name: "f16", largest: 65504, smallestNormal: 6.1035e-5),
        NumberFormat(name: "e5m2", largest: 57344, smallestNormal: 6.1035e-5),
        NumberFormat(name: "e4m3", largest: 448, smallestNormal: 0.015625),
    ]

    /// How far the largest of many normal numbers lies above their root mean square: in a billion of
    /// them, about six times.
    static let peak = 6.0

    /// The ceilings and floors of a root mean square in the formats; that which the run computes in is
    /// an alarm.
    static func thresholds(
        _ type: ElementType, floors: Bool = false
    ) -> [ForecastThreshold] {
        all.map { format in
            let level: ForecastThreshold.Level = format.name == "\(type)" ? .alarm : .format
            return floors
                ? ForecastThreshold(
                    "\(format.name), smallest normal", format.smallestNormal, level,
                    isCeiling: false)
                : ForecastThreshold(
                    "\(format.name), a sixth of the largest", format.largest / peak, level,
                    isCeiling: true)
        }
    }
}
