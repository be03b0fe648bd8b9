import Foundation

/// The factor on the peak learning rate, step by step.
///
/// With T steps and W = round(warmup · T) of them warm-up, step t (from 1) has
/// ```
/// t ≤ W:  s = t / W
/// t > W:  p = (t − 1 − W) / (T − W),  s = floor + (1 − floor) · f(p)
/// f: cosine (1 + cos πp)/2,  linear 1 − p,  constant 1
/// ```
/// so that the first step moves, the peak is reached, and the last step is not lost.
public struct Schedule: Sendable, Hashable, Codable {
    /// The descent after warm-up.
    public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
        /// Half a cosine.
        case cosine
        /// A straight line.
        case linear
        /// None.
        case constant
    }

    /// The descent.
    public var shape = Shape.cosine
    /// The fraction of all steps that climb to the peak.
    public var warmup = 0.05
    /// The fraction of the peak at the end.
    public var floor = 0.0

    /// 5% warm-up, then a cosine to zero.
    public init() {}

    /// The factor of step `step`, from 1, of `steps`.
    public func factor(_ step: Int, of steps: Int) -> Double {
        let climb = Int((warmup * Double(steps)).rounded())
        if step <= climb { return Double(step) / Double(climb) }
        let p = Double(step - 1 - climb) / Double(max(steps - climb, 1))
        let f =
            switch shape {
            case .cosine: (1 + cos(.pi * p)) / 2
            case .linear: 1 - p
            case .constant: 1.0
            }
        return floor + (1 - floor) * f
    }
}
