import Inspection
import Modules
import Optimizers
package import Training

/// What code for another framework says: groups of parameters, the schedule, the loss, and changes to the
/// model.
package struct ExportPlan: Sendable {
    /// The recipe at the sizes of the model, tokens included.
    package let configuration: RunConfiguration
    /// Whose names the parameters have.
    package let family: ExportFamily
    /// The groups, in the model's order.
    package let groups: [ParameterGroup]
    /// What the recipe has beside the family's own model.
    package let changes: [ModelChange]
    /// How far the learning rate was tested, in a sentence.
    package let status: String
    /// Whether proxies validate the learning rate at this size.
    package let isValidated: Bool

    /// Plans an export.
    ///
    /// - Parameters:
    ///   - recipe: The recipe at the model's width and depth.
    ///   - target: What the model has and no proxy.
    ///   - family: Whose names the parameters have; nil for those of the target.
    ///   - status: How far the learning rate was tested.
    ///   - isValidated: Whether proxies validate it.
    /// - Throws: ``Training/ConfigurationError`` for a recipe that no code is written for.
    package init(
        _ recipe: RunConfiguration, target: TargetModel, family: ExportFamily? = nil,
        status: String,
        isValidated: Bool
    ) throws {
        var configuration = recipe
        configuration.model.vocabulary = target.vocabulary
        try configuration.validate()
        try Self.check(configuration)
        let known = try family ?? ExportFamily.named(target.family)
        self.configuration = configuration
        self.family = known
        self.status = status
        self.isValidated = isValidated
        changes = ModelChange.of(configuration, family: target.family, own: known)
        groups = try Self.groups(
            configuration, known, names: known.names + changes.flatMap(\.names))
    }

    private static func check(_ configuration: RunConfiguration) throws(ConfigurationError) {
        guard ["adamw", "adamc"].contains(configuration.optimizer.rule) else {
            throw .impossible(
                key: "optimizer.rule",
                reason: "\(configuration.optimizer.rule) has no code to export; set it to adamw or "
                    + "adamc")
        }
        guard configuration.optimizer.weightDecay.form != .coupled else {
            throw .impossible(
                key: "optimizer.weight-decay.form",
                reason: "coupled decay is none of AdamW's; set it to decoupled, independent or "
                    + "corrected")
        }
        for (key, isCautious) in [
            ("optimizer.cautious", configuration.optimizer["cautious"] == .flag(true)),
            ("optimizer.weight-decay.cautious", configuration.optimizer.weightDecay.cautious),
        ] where isCautious {
            throw .impossible(
                key: key,
                reason: "PyTorch's and Optax's AdamW have no cautious form to export; set it to "
                    + "false")
        }
        guard configuration.optimizer.average == 0 else {
            throw .impossible(
                key: "optimizer.average",
                reason: "an average of weights has no code to export; set it to 0, and average "
                    + "with torch.optim.swa_utils or optax.ema")
        }
        guard !configuration.optimizer.relativeRate else {
            throw .impossible(
                key: "optimizer.relative-rate",
                reason: "learning rates that follow the weights have no code to export; set it to "
                    + "false")
        }
    }

    /// The betas of Adam's means.
    package var betas: (Double, Double) {
        func number(_ key: String) -> Double {
            guard case .number(let value)? = configuration.optimizer[key] else { return 0 }
            return value
        }
        return (number("beta1"), number("beta2"))
    }

    // MARK: - Groups

    /// What a parameter's group is told by.
    private struct Numbers: Hashable {
        var role: Role
        var learningRate: Double
        var weightDecay: Double
        var epsilon: Double
        var start: GroupStart
    }

    private static func groups(
        _ configuration: RunConfiguration, _ family: ExportFamily,
        names: [(name: String, kind: TensorRole.Kind)]
    ) throws -> [ParameterGroup] {
        let table = try table(configuration)
        var groups:
            [(numbers: Numbers, kinds: [TensorRole.Kind], names: [String], paths: [String])] =
                []
        func add(
            _ numbers: Numbers, _ kind: TensorRole.Kind, _ name: String, _ paths: [String]
        ) {
            if let index = groups.firstIndex(where: { $0.numbers == numbers }) {
                if !groups[index].kinds.contains(kind) { groups[index].kinds.append(kind) }
                groups[index].names.append(name)
                groups[index].paths += paths
            } else {
                groups.append((numbers, [kind], [name], paths))
            }
        }
        for (name, kind) in names {
            guard var entry = table.entry(for: kind) else { continue }
            if kind == .head, configuration.model.tiedHead { continue }
            let offset = family.gainOffset - (configuration.model.normUnitOffset ? 1 : 0)
            if kind.isNorm, offset != 0, case .constant(let value) = entry.numbers.start {
                entry.numbers.start = .constant(value - offset)
            }
            add(entry.numbers, kind, name + ".weight", entry.paths)
        }
        // Biases move as gains and start at zero.
        if var gain = table.entry(for: .finalNorm) {
            gain.numbers.start = .constant(0)
            for (name, kind) in family.names
            where kind != .tokenEmbedding && kind != .positionEmbedding {
                add(gain.numbers, kind, name + ".bias", [])
            }
        }
        let matrices = groups.filter { !$0.names.allSatisfy { $0.hasSuffix(".bias") } }
        return groups.map { group in
            let role = group.numbers.role
            let isAlone = matrices.count { $0.numbers.role == role } == 1
            let isBias = group.names.allSatisfy { $0.hasSuffix(".bias") }
            let kinds = group.kinds.map(\.rawValue).joined(separator: ", ")
            return ParameterGroup(
                name: isBias ? "bias" : isAlone ? role.rawValue : "\(role.rawValue): \(kinds)",
                role: role, names: group.names, learningRate: group.numbers.learningRate,
                weightDecay: group.numbers.weightDecay, epsilon: group.numbers.epsilon,
                start: group.numbers.start, paths: group.paths)
        }
    }

    /// What each kind of tensor has.
    private struct Table {
        struct Entry {
            var numbers: Numbers
            var paths: [String]
        }

        var entries: [TensorRole.Kind: Entry] = [:]

        /// What a kind has, of the kind itself or of one that moves alike; nil where nothing does.
        func entry(for kind: TensorRole.Kind) -> Entry? {
            if let own = entries[kind] { return own }
            switch kind {
            case .positionEmbedding: return entries[.tokenEmbedding].map(Self.bare)
            case .queryKeyValue:
                return joined([.query, .key, .value])
            case .gateUp: return joined([.gate, .up])
            case .gate: return entries[.up].map(Self.bare)
            case let kind where kind.isNorm:
                return
                    (entries[.attentionNorm] ?? entries[.postAttentionNorm]
                    ?? entries[.finalNorm]).map(Self.bare)
            default: return nil
            }
        }

        /// An entry for what follows another's numbers.
        private static func bare(_ entry: Entry) -> Entry {
            Entry(numbers: entry.numbers, paths: [])
        }

        /// Matrices that are stored as one.
        private func joined(_ kinds: [TensorRole.Kind]) -> Entry? {
            let parts = kinds.compactMap { entries[$0] }
            guard parts.count == kinds.count, var first = parts.first else { return nil }
            let starts = parts.map(\.numbers.start)
            if Set(starts).count > 1 { first.numbers.start = .fused(starts) }
            first.paths = parts.flatMap(\.paths)
            return first
        }
    }

    /// The settings of the proxy's parameters at the model's sizes, by kind.
    private static func table(_ configuration: RunConfiguration) throws -> Table {
        let peak = configuration.optimizer.learningRate
        var table = Table()
        for setting in try configuration.parameterSettings() {
            let path = setting.specification.path
            // Biases move as gains do, and have a group of their own.
            guard let role = ModelFamily.ballast.role(of: path), !role.isBias else { continue }
            guard let epsilon = setting.epsilon,
                let start = GroupStart(setting.specification.initialization)
            else {
                throw ConfigurationError.impossible(
                    key: "parametrization.kind",
                    reason: "\(path) starts or moves in a way that has no code to export; choose "
                        + "another one than \(configuration.parametrization.kind.rawValue)")
            }
            let rate = peak * setting.rateFactor
            let numbers = Numbers(
                role: setting.specification.role, learningRate: rate,
                weightDecay: setting.decayShare / rate, epsilon: epsilon, start: start)
            if let known = table.entries[role.kind] {
                guard known.numbers == numbers else {
                    throw ConfigurationError.impossible(
                        key: "model.depth",
                        reason: "\(path) moves otherwise than \(known.paths[0]), which has no code "
                            + "to export")
                }
                table.entries[role.kind]?.paths.append(path)
            } else {
                table.entries[role.kind] = Table.Entry(numbers: numbers, paths: [path])
            }
        }
        return table
    }
}
