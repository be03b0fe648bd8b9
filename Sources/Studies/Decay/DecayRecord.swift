import Sweeps

/// What one run of a decay study measured: the contents of `runs/NAME.json`.
public struct DecayRecord: Sendable, Hashable, Codable {
    /// What tells the run from others, as ``DecayStudy/digest(of:)`` gives it.
    public var digest: String
    /// The seed.
    public var seed: UInt64
    /// The steps that each window ends with.
    public var steps: [Int]
    /// The mean training loss of each window, in nats.
    public var loss: [Double]
    /// The norm of the whole gradient in each window.
    public var gradientNorm: [Double]
    /// The loss on what was not trained on, after the last step, in nats.
    public var heldOutLoss: Double
    /// The matrices.
    public var layers: [Layer]
    /// The step at which a number left the finite ones; nil where none did.
    public var divergedStep: Int?

    /// A matrix.
    public struct Layer: Sendable, Hashable, Codable {
        /// Its path.
        public var path: String
        /// Whether a normalisation makes it scale invariant, so that the law is for it.
        public var isInvariant: Bool
        /// ‖g‖/‖x‖ of each window, for Adam in the norm of its preconditioner.
        public var ratio: [Double]
        /// The root mean square of the weights in each window.
        public var weight: [Double]
        /// The root mean square of a step's change in each window.
        public var update: [Double]
        /// The angle of a step, in radians, the mean of each window.
        public var angle: [Double]
        /// The cosine between the weights and the direction that a step goes against, decay beside
        /// the step left out; the mean of each window.
        public var cosine: [Double]
    }
}

extension DecayRecord {
    /// Why a record that was read is none of a run: its lists belong together, window by window.
    ///
    /// - Parameter total: The steps of the run.
    /// - Returns: A clause; nil for a record that fits.
    public func problem(ofRunOver total: Int) -> String? {
        guard zip(steps, steps.dropFirst()).allSatisfy(<), steps.allSatisfy({ 1...total ~= $0 })
        else { return "its windows do not end at ascending steps from 1 to \(total)" }
        guard divergedStep != nil || steps.last == total else {
            return "its last window does not end at step \(total)"
        }
        let lists =
            [loss, gradientNorm]
            + layers.flatMap { [$0.ratio, $0.weight, $0.update, $0.angle, $0.cosine] }
        guard lists.allSatisfy({ $0.count == steps.count }) else {
            return "a list has not one number for each of its \(steps.count) windows"
        }
        return nil
    }

    /// Whether another run of the same recipe measured the same windows and matrices.
    func matches(_ other: DecayRecord) -> Bool {
        steps == other.steps && layers.map(\.path) == other.layers.map(\.path)
    }
}
