import Foundation
import Modules
import Optimizers
import Statistics
import Tensors
import Yams

// What errors of configurations say beside the fault.
extension ConfigurationFile {
    /// Key paths whose last part is like `name`, the likest first.
    static func nearest(
        to name: String, at path: [String], rule: String
    ) -> [String] {
        guard let tree = try? defaults(rule) else { return [] }
        let known = leaves(of: tree)
        let place = path.isEmpty ? "" : path.joined(separator: ".") + "."
        if let own = foreign[name.lowercased().filter { $0 != "_" && $0 != "-" }],
            own.hasPrefix(place), known.contains(own.split(separator: ".").map(String.init))
        {
            return [own]
        }
        let candidates = known.map { leaf in
            let last = leaf.last ?? ""
            let isSibling = leaf.dropLast().elementsEqual(path)
            let distance = editDistance(name, last)
            return (
                path: leaf.joined(separator: "."), cost: 2 * distance + (isSibling ? 0 : 1),
                distance: distance
            )
        }
        return candidates.filter { $0.distance <= max(name.count / 3, 2) }
            .sorted { ($0.cost, $0.path) < ($1.cost, $1.path) }.prefix(2).map(\.path)
    }

    /// What other tools call our keys, in small letters without separators.
    private static let foreign = [
        "lr": "optimizer.learning-rate", "learningrate": "optimizer.learning-rate",
        "maxlr": "optimizer.learning-rate", "peaklr": "optimizer.learning-rate",
        "wd": "optimizer.weight-decay.rate", "eps": "optimizer.epsilon",
        "gradclip": "optimizer.clip", "maxgradnorm": "optimizer.clip",
        "warmupratio": "schedule.warmup", "lrscheduler": "schedule.shape",
        "dmodel": "model.width", "hiddensize": "model.width", "nembd": "model.width",
        "embdim": "model.width", "nlayer": "model.depth", "nlayers": "model.depth",
        "numlayers": "model.depth", "numhiddenlayers": "model.depth",
        "headdim": "model.head-dimension", "seqlen": "model.context",
        "sequencelength": "model.context", "blocksize": "model.context",
        "contextlength": "model.context", "vocabsize": "model.vocabulary",
        "batchsize": "data.batch", "maxsteps": "steps", "maxiters": "steps",
        "trainingsteps": "steps", "totalsteps": "steps", "optimizername": "optimizer.rule",
    ]

    private static func leaves(of node: Node) -> [[String]] {
        guard case .mapping(let mapping) = node else { return [[]] }
        return mapping.flatMap { key, value in
            let name = key.string ?? ""
            let below = leaves(of: value).map { [name] + $0 }
            if case .mapping = value { return [[name]] + below }
            return below
        }
    }

    /// Insertions, deletions and substitutions between two words.
    static func editDistance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (x == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }

    static func reason(_ error: any Error, _ source: String) -> ConfigurationError {
        guard let error = error as? DecodingError else {
            return .malformed(source: source, key: "", reason: "\(error)")
        }
        func key(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .typeMismatch(let type, let context):
            return .malformed(source: source, key: key(context), reason: "is not \(kind(type))")
        case .valueNotFound(let type, let context):
            return .malformed(
                source: source, key: key(context), reason: "is empty, not \(kind(type))")
        case .keyNotFound(let missing, let context):
            return .malformed(
                source: source, key: key(context),
                reason: "the key \(missing.stringValue) is missing")
        case .dataCorrupted(let context):
            let path = context.codingPath.filter { $0.intValue == nil }.map(\.stringValue)
                .joined(separator: ".")
            guard let words = choices[path] else {
                return .malformed(
                    source: source, key: key(context), reason: context.debugDescription)
            }
            let text = context.debugDescription
            let given = text.range(of: "String value ").map { text[$0.upperBound...] } ?? ""
            return .malformed(
                source: source, key: path,
                reason: "there is no \(given.isEmpty ? "empty word" : String(given)); there are "
                    + words.joined(separator: ", "))
        @unknown default:
            return .malformed(source: source, key: "", reason: "\(error)")
        }
    }

    /// The words that keys take.
    private static let choices: [String: [String]] = {
        func words<Choice: CaseIterable & RawRepresentable<String>>(_: Choice.Type) -> [String] {
            Choice.allCases.map(\.rawValue)
        }
        return [
            "parametrization.kind": words(Parametrization.Kind.self),
            "optimizer.weight-decay.form": words(Decay.Form.self),
            "optimizer.weight-decay.exclude": words(Role.self),
            "model.normalization": words(NormalizationKind.self),
            "model.qk-norm-kind": words(QKNormKind.self),
            "model.qk-norm-span": words(QKNormSpan.self),
            "model.qk-norm-gain": words(NormGain.self),
            "model.block-norm": words(BlockNorm.self),
            "model.residual-scale": words(ResidualScale.self),
            "model.mlp": words(MLPKind.self),
            "model.attention-scale": words(AttentionScale.self),
            "model.element-type": [ElementType.f32, .bf16].map(\.rawValue),
            "model.sigma-reparam": words(SigmaReparam.self),
            "model.sigma-reparam-gamma": words(GammaStart.self),
            "schedule.shape": words(Schedule.Shape.self),
            "schedule.cooldown-shape": words(Schedule.CooldownShape.self),
            "telemetry.formats": words(NumberFormat.self),
        ]
    }()

    private static func kind(_ type: Any.Type) -> String {
        switch type {
        case is Double.Type, is Float.Type: "a number"
        case is Int.Type, is UInt64.Type: "a whole number"
        case is Bool.Type: "true or false"
        case is String.Type: "a word"
        default: "a list"
        }
    }
}
