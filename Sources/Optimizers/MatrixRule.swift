public import Modules
import Tensors

/// A rule for some of the matrices of a model, which leaves all other parameters to AdamW.
///
/// A conformer says what it does with a matrix; slots, scalars and the update of each parameter
/// follow.
public protocol MatrixRule: ConfigurableRule {
    /// Which parameters the rule moves, and how the others move.
    var parameterSplit: ParameterSplit { get }

    /// The tensors kept for a matrix of the rule.
    func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot]

    /// The scalars that ``matrixUpdate(_:)`` reads.
    var matrixStepScalars: [StepScalar] { get }

    /// The values of ``matrixStepScalars``.
    func matrixScalars(at step: StepSize) -> [StepScalar: Double]

    /// Builds the update of a matrix of the rule.
    func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults

    /// What the rule does with a matrix of its own.
    func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan

    /// Why the rule cannot move this parameter, and what to do instead; nil when it can.
    func objection(to parameter: ParameterSpecification) -> String?
}

/// Which parameters a ``MatrixRule`` moves, and AdamW for the others.
public struct ParameterSplit: Sendable, Hashable {
    /// Roles, or parts of paths as `attention` or `mlp.up`, of what the rule moves.
    public var matrices: [String]
    /// How the others move.
    public var auxiliary: AdamW
    /// The learning rate of the others over that of the matrices.
    public var auxiliaryRate: Double

    public init(
        _ matrices: [String] = [Role.hidden.rawValue], auxiliary: AdamW = AdamW(),
        auxiliaryRate: Double = 1
    ) {
        self.matrices = matrices
        self.auxiliary = auxiliary
        self.auxiliaryRate = auxiliaryRate
    }

    /// The keys of a division.
    static func options(
        matrices: [String] = [Role.hidden.rawValue], auxiliaryRate: Double = 1
    ) -> [RuleOption] {
        [
            RuleOption("matrices", .words, default: .words(matrices)),
            RuleOption("auxiliary-rate", .positive, default: .number(auxiliaryRate)),
        ] + adamOptions()
    }

    /// The division that values of the keys give.
    init(_ options: RuleOptions, decay: Decay) {
        self.init(
            options.words("matrices"), auxiliary: AdamW(options, decay: decay),
            auxiliaryRate: options.number("auxiliary-rate"))
    }

    /// Whether the rule moves this parameter.
    public func includes(_ parameter: ParameterSpecification) -> Bool {
        matrices.contains { Self.matches($0, parameter) }
    }

    /// Whether a word is the parameter's role or some successive parts of its path.
    static func matches(_ word: String, _ parameter: ParameterSpecification) -> Bool {
        word == parameter.role.rawValue
            || ".\(parameter.path).".contains(".\(word).") && !word.isEmpty
    }

    var stepScalars: [StepScalar] { auxiliary.stepScalars.map(\.ofAuxiliary) }

    func scalars(at step: StepSize) -> [StepScalar: Double] {
        var step = step
        step.peak *= auxiliaryRate
        let pairs = auxiliary.scalars(at: step).map { ($0.ofAuxiliary, $1) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    func update(_ operands: UpdateOperands) -> UpdateResults {
        var copy = operands
        for scalar in auxiliary.stepScalars {
            copy.scalars[scalar] = operands.scalar(scalar.ofAuxiliary)
        }
        return auxiliary.update(copy)
    }
}

extension MatrixRule {
    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameterSplit.includes(parameter)
            ? matrixSlots(for: parameter) : parameterSplit.auxiliary.slots(for: parameter)
    }

    public var stepScalars: [StepScalar] { matrixStepScalars + parameterSplit.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        matrixScalars(at: step).merging(parameterSplit.scalars(at: step)) { $1 }
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        parameterSplit.includes(operands.specification)
            ? matrixUpdate(operands) : parameterSplit.update(operands)
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        if parameterSplit.includes(parameter) { return matrixPlan(for: parameter) }
        var plan = parameterSplit.auxiliary.plan(for: parameter, among: count)
        plan.rate = parameterSplit.auxiliaryRate
        plan.rootMeanSquare = plan.rootMeanSquare.map { $0 * plan.rate }
        plan.spectralNorm = plan.spectralNorm.map { $0 * plan.rate }
        return plan
    }

    /// Rows that are looked up are no map between activations, and vectors no matrices.
    public func objection(to parameter: ParameterSpecification) -> String? {
        guard parameter.role != .embedding, parameter.shape.rank == 2 else {
            let kind = parameter.role == .embedding ? "a table of rows" : "no matrix"
            return
                "\(parameter.path) is \(kind), which \(Self.name) cannot move; leave it out, so that "
                + "AdamW moves it, or use rule: dualized, which has a norm for every role"
        }
        return nil
    }

    public func check(_ parameters: [ParameterSpecification]) throws(RuleError) {
        try checkMatrices(parameters)
    }

    /// Checks that ``ParameterSplit/matrices`` names matrices of the model, all of which the rule can move.
    func checkMatrices(_ parameters: [ParameterSpecification]) throws(RuleError) {
        for word in parameterSplit.matrices
        where !parameters.contains(where: { ParameterSplit.matches(word, $0) }) {
            throw RuleError(
                key: "matrices",
                reason: "\(word) is no role and no part of a path; roles are "
                    + Role.allCases.map(\.rawValue).joined(separator: ", ")
                    + ", and paths are as \(parameters.first?.path ?? "")")
        }
        for parameter in parameters where parameterSplit.includes(parameter) {
            if let reason = objection(to: parameter) {
                throw RuleError(key: "matrices", reason: reason)
            }
        }
    }
}
