import Datasets
public import Modular
public import Modules
public import Optimizers
public import OrderedCollections
package import Tensors
import Tokenizers

extension RunConfiguration {
    /// Sets the vocabulary to that of the tokenizer, where one is named.
    ///
    /// - Throws: ``ConfigurationError`` for a tokenizer that cannot be read.
    mutating func resolveVocabulary() throws(ConfigurationError) {
        do throws(DatasetError) {
            guard let tokenizer = try textSource.loadTokenizer() else { return }
            model.vocabulary = tokenizer.vocabularySize
        } catch {
            throw .impossible(key: "data.tokenizer", reason: error.description)
        }
    }
}

// What is computed from a configuration whose values fit together.
extension RunConfiguration {
    /// The model in the modular algebra, for a modular parametrisation.
    ///
    /// - Returns: The algebra; nil for another parametrisation.
    public func algebra() -> ProxyAlgebra? {
        guard parametrization.kind == .modular else { return nil }
        return ProxyAlgebra(resolvedModel, masses: parametrization.masses)
    }

    /// The model with what the parametrisation makes of its branches.
    public var resolvedModel: ModelConfiguration {
        var model = model
        model.branchScale *= parametrization.branchScale(depth: model.depth)
        if model.residualScale != .constant {
            model.branchScale *= model.residualScale.factor(depth: model.depth)
        }
        if model.tiedHead {
            model.readoutScale = parametrization.readoutScale(width: model.width)
        }
        return model
    }

    /// The factors of each parameter, by path.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public func multipliers() throws -> OrderedDictionary<String, Multipliers> {
        if let algebra = algebra() { return algebra.multipliers() }
        let model = ProxyTransformer(resolvedModel)
        let rule = rule
        let parameters = try model.parameters()
        var table: OrderedDictionary<String, Multipliers> = [:]
        var tables: [UpdateScale: OrderedDictionary<String, Multipliers>] = [:]
        for parameter in parameters {
            // A rule for matrices leaves the others to another rule.
            let mover = rule.plan(for: parameter, among: parameters.count).rule
            let scale = OptimizerCatalog.type(named: mover)?.updateScale ?? .elementwise
            let rows = try tables[scale] ?? model.multipliers(parametrization, scale)
            tables[scale] = rows
            table[parameter.path] = rows[parameter.path]
        }
        return table
    }

    /// The decay of each step: the scaled rate in the named form.
    public var decay: Decay {
        Decay(
            optimizer.weightDecay.form, rate: optimizer.weightDecay.scaledRate(steps: steps),
            isCautious: optimizer.weightDecay.cautious)
    }

    /// The optimizer's rule.
    ///
    /// - Precondition: ``validate()`` finds no fault with the optimizer.
    public var rule: any UpdateRule {
        guard let type = optimizer.type else {
            preconditionFailure("no optimizer is called \(optimizer.rule)")
        }
        return type.init(optimizer.options, decay: decay)
    }

    /// What is added to a parameter where it is evaluated, as
    /// ``Optimizers/UpdateRule/evaluationOffset(of:)`` has it, or the average of weights.
    func evaluationOffset(
        of parameter: ParameterSpecification
    ) -> (slot: String, factor: Double)? {
        optimizer.average > 0
            ? (Self.averageSlot, 1) : rule.evaluationOffset(of: parameter)
    }

    /// The slot that keeps the average of a parameter, less the parameter.
    static let averageSlot = "average"

    /// A checkpoint's tensors with the weights that are evaluated in place of those that train.
    ///
    /// - Parameter tensors: `parameter/PATH` and `state/SLOT/PATH`.
    /// - Returns: The same tensors where they are one.
    /// - Throws: ``TrainingError`` for a checkpoint without a tensor, `ProgramError` when the configuration
    ///   does not fit together.
    package func evaluated(_ tensors: ParameterTree) throws -> ParameterTree {
        var tensors = tensors
        for parameter in try ProxyTransformer(resolvedModel).parameters() {
            guard let (slot, factor) = evaluationOffset(of: parameter),
                let value = tensors["parameter/" + parameter.path]
            else { continue }
            let name = "state/\(slot)/\(parameter.path)"
            guard let offset = tensors[name] else {
                throw TrainingError.checkpoint(path: "checkpoint", "holds no tensor \(name)")
            }
            let sums = zip(value.floats, offset.floats).map { $0 + $1 * Float(factor) }
            tensors["parameter/" + parameter.path] = Tensor(sums, shape: value.shape)
        }
        return tensors
    }

    /// Where step `step`, from 1, stands in the schedule.
    public func stepSize(_ step: Int) -> StepSize {
        StepSize(
            step: step, peak: optimizer.learningRate, schedule: schedule.factor(step, of: steps))
    }
}
