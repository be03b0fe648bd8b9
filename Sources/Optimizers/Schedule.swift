import Foundation

/// The factor on the peak learning rate, step by step.
///
/// With T steps and W = round(warmup · T) of them warm-up, step t (from 1) has
/// ```
/// t ≤ W:  s = t / W
/// t > W:  p = (t − 1 − W) / (T − W),  s = floor + (1 − floor) · f(p)
/// f: cosine (1 + cos πp)/2,  linear 1 − p,  constant 1
/// ```
/// In the shape `warmup-stable-decay` the last C = round(cooldown · T) steps descend, or those after the
/// warm-up where they are fewer: until then s = 1, and then p = (t − 1 − (T − C)) / C and f is that of
/// ``cooldownShape``, 1 − p or 1 − √p (arXiv 2404.06395, section 4; 2405.18392, section 3).
///
/// The first step moves, the peak is reached, and the last step is not lost.
public struct Schedule: Sendable, Hashable, Codable {
    /// The descent after warm-up.
    public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
        /// Half a cosine.
        case cosine
        /// A straight line.
        case linear
        /// None.
        case constant
        /// None until the last part.
        case stable = "warmup-stable-decay"
    }

    /// The descent of the last part.
    public enum CooldownShape: String, Sendable, Hashable, Codable, CaseIterable {
        /// A straight line.
        case linear
        /// 1 − √p.
        case squareRoot = "sqrt"
    }

    /// The descent.
    public var shape = Shape.cosine
    /// The fraction of all steps that climb to the peak.
    public var warmup = 0.05
    /// The fraction of the peak at the end.
    public var floor = 0.0
    /// The fraction of all steps that descend at the end, in the shape `warmup-stable-decay`.
    public var cooldown = 0.2
    /// How they descend.
    public var cooldownShape = CooldownShape.linear

    private enum CodingKeys: String, CodingKey {
        case shape, warmup, floor, cooldown
        case cooldownShape = "cooldown-shape"
    }

    /// 5% warm-up, then a cosine to zero.
    public init() {}

    /// The factor of step `step`, from 1, of `steps`.
    public func factor(_ step: Int, of steps: Int) -> Double {
        let warmupSteps = Int((warmup * Double(steps)).rounded())
        if step <= warmupSteps { return Double(step) / Double(warmupSteps) }
        let decaySteps =
            shape == .stable
            ? min(Int((cooldown * Double(steps)).rounded()), steps - warmupSteps)
            : steps - warmupSteps
        // p, and 1 − p from whole numbers: at the end of many steps a difference would lose its digits.
        let done = min(max(step - 1 - (steps - decaySteps), 0), decaySteps)
        let p = Double(done) / Double(max(decaySteps, 1))
        let left = decaySteps > 0 ? Double(decaySteps - done) / Double(decaySteps) : 1
        let f =
            switch shape {
            case .cosine: left > 0.5 ? (1 + cos(.pi * p)) / 2 : pow(sin(.pi / 2 * left), 2)
            case .linear: left
            case .constant: 1.0
            case .stable: cooldownShape == .linear ? left : left / (1 + p.squareRoot())
            }
        return floor + (1 - floor) * f
    }
}
