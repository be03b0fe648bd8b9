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
