package import Tensors

/// A number that the host computes for each step and feeds to the program, as the learning rate.
///
/// A rule names those that it reads in ``UpdateRule/stepScalars``. What is a learning rate says so: a
/// parametrisation's factor on a parameter's learning rate is put on each of them and on nothing else.
public struct StepScalar: Sendable, Hashable, CustomStringConvertible {
    /// The name, in snake case, unique among those of a rule.
    public let name: String
    /// Whether the change of a parameter is in proportion to it.
    public let isLearningRate: Bool

    /// Names a scalar.
    ///
    /// - Parameters:
    ///   - name: In snake case.
    ///   - isLearningRate: Whether factors on learning rates apply to it.
    public init(_ name: String, isLearningRate: Bool = false) {
        self.name = name
        self.isLearningRate = isLearningRate
    }

    /// η.
    public static let learningRate = StepScalar("learning_rate", isLearningRate: true)
    /// δ, the factor of weight decay of a step.
    public static let decay = StepScalar("decay")
    /// δ of parameters that no normalisation follows, where theirs is another.
    public static let restDecay = StepScalar("rest_decay")
    /// c₁ = 1 / (1 − β₁ᵗ).
    public static let meanCorrection = StepScalar("correction1")
    /// c₂ = 1 / (1 − β₂ᵗ).
    public static let squareCorrection = StepScalar("correction2")
    /// 1 / √(1 + η²), which brings a step on a sphere back to it.
    public static let shrinkage = StepScalar("shrinkage")
    /// What AGD multiplies its gain with.
    public static let gain = StepScalar("gain")

    /// The name of the program's input.
    public var input: String { "step/" + name }

    /// The name.
    public var description: String { name }

    /// The same scalar of the rule that moves what a ``MatrixRule`` leaves out.
    var ofAuxiliary: StepScalar {
        StepScalar("auxiliary_" + name, isLearningRate: isLearningRate)
    }
}

extension [StepScalar: Double] {
    /// The tensors to feed, by the names of the program's inputs.
    package var tensors: [String: Tensor] {
        Dictionary<String, Tensor>(
            uniqueKeysWithValues: map { ($0.key.input, Tensor(scalar: Float($0.value))) })
    }
}
