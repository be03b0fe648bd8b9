import Datasets
import Digests
public import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Runs
import Sweeps
public import Training
import Yams

/// A study of how decay carries the gradients and the weights of layers through a schedule.
///
/// ```yaml
/// name: digits
/// images: ../digits.csv.gz        # without it, the proxy on data.text
/// label-noise: 0.2                # the share of labels drawn at random, anew at each step
/// base: {...}                     # a configuration; optimizer.clip must be 0
/// variants:
///   SGD:  {optimizer.rule: sgd, optimizer.weight-decay.form: decoupled}
///   SGDC: {optimizer.rule: sgdc, optimizer.weight-decay.form: corrected}
/// seeds: [0, 1]
/// ```
///
/// With `images` the network has `model.depth` matrices of `model.width`, each followed by
/// `model.normalization`. Labels that are noise keep gradients from vanishing once a small set of images is
/// learned by heart. Source: Defazio, arXiv 2506.02285.
public struct DecayStudy: Sendable {
    /// A recipe under all seeds.
    public struct Variant: Sendable {
        /// Its name.
        public var name: String
        /// One configuration for each seed.
        public var configurations: [RunConfiguration]
    }

    /// The study's name.
    public let name: String
    /// The table of images; nil for text.
    public let images: String?
    /// The share of labels of images that are drawn at random, anew at each step.
    public let labelNoise: Double
    /// The recipes, in the order of the file.
    public let variants: [Variant]

    /// Windows that the steps are averaged over.
    static let windows = 40
    private static let keys = ["name", "images", "label-noise", "base", "variants", "seeds"]
    private static let rules = ["sgd", "sgdc", "adamw", "adamc"]

    /// Reads a study file.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `KEY.PATH=VALUE`, applied to every run.
    ///   - count: The number of seeds, from 0, in place of the file's.
    /// - Throws: `ConfigurationError` for a study that cannot conclude, with the next step.
    public init(
        path: String, overrides: [String] = [], seeds count: Int? = nil
    ) throws(ConfigurationError) {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: path, key: key, reason: reason)
        }
        guard case .mapping(let mapping) = try ConfigurationFile.yaml(at: path) else {
            throw refuse("", "is not a mapping")
        }
        for key in mapping.keys.compactMap(\.string) where !Self.keys.contains(key) {
            throw .unknownKey(source: path, key: key, nearest: [], siblings: Self.keys)
        }
        let url = URL(fileURLWithPath: path)
        name = mapping["name"]?.string ?? url.deletingPathExtension().lastPathComponent
        try Study.requireFolder(named: name, path)
        images = mapping["images"]?.string.map { file in
            file.hasPrefix("/") ? file : url.deletingLastPathComponent().path + "/" + file
        }
        let noise = mapping["label-noise"].map { $0.float ?? -1 } ?? 0
        guard (0...0.9).contains(noise), noise == 0 || mapping["images"] != nil else {
            throw refuse("label-noise", "is not a share from 0 to 0.9 of the labels of `images`")
        }
        labelNoise = noise
        let none = try ConfigurationFile.yaml(of: "", source: path)
        let base = mapping["base"] ?? none
        let listed = mapping["seeds"]?.sequence?.compactMap { $0.int } ?? [0, 1]
        let seeds = count.map { Array(0..<max($0, 0)) } ?? listed
        guard Set(seeds).count >= 2, seeds.allSatisfy({ $0 >= 0 }) else {
            throw refuse(
                "seeds", "\(seeds.count): without a replicate a ratio has no interval; give [0, 1]")
        }
        guard case .mapping(let named)? = mapping["variants"], !named.isEmpty else {
            throw refuse(
                "variants", "is not a mapping from names to keys, as {SGD: {optimizer.rule: sgd}}")
        }
        var variants: [Variant] = []
        var reader = ConfigurationReader()
        var settings: [(label: String, keys: [(String, String)])] = []
        for (variant, keys) in named {
            let label = variant.string ?? ""
            settings.append((label, try Study.settings(keys, "variants.\(label)", path)))
        }
        try Study.refuse(
            overrides,
            of: Study.shared(settings.map { Set($0.keys.map(\.0)) })
                .union(["seed", "data.data-seed"]), path)
        for (label, keys) in settings {
            let sets = keys.map { "\($0.0)=\($0.1)" }
            var configurations: [RunConfiguration] = []
            for seed in seeds {
                let configuration = try reader.configuration(
                    from: base, source: path,
                    overrides: overrides,
                    settings: sets + ["seed=\(seed)", "data.data-seed=\(seed)"])
                if let (key, reason) = Self.lack(configuration) {
                    throw refuse("variants.\(label): \(key)", reason)
                }
                configurations.append(configuration)
            }
            variants.append(Variant(name: label, configurations: configurations))
        }
        self.variants = variants
    }

    /// Why a configuration has no law to be compared with.
    private static func lack(_ configuration: RunConfiguration) -> (String, String)? {
        let optimizer = configuration.optimizer
        if !rules.contains(optimizer.rule) {
            return (
                "optimizer.rule",
                "\(optimizer.rule) has no predicted steady state; use one of \(rules.joined(separator: ", "))"
            )
        }
        if optimizer.clip != 0 {
            return (
                "optimizer.clip",
                "\(optimizer.clip): gradients are compared before clipping; give 0"
            )
        }
        if optimizer.weightDecay.form == .none || optimizer.weightDecay.rate == 0 {
            return (
                "optimizer.weight-decay",
                "without weight decay there is no steady state; set a rate"
            )
        }
        if optimizer.weightDecay.form == .coupled, optimizer.rule.hasPrefix("adam") {
            return (
                "optimizer.weight-decay.form",
                "no steady state is predicted for coupled decay under Adam; set form: decoupled"
            )
        }
        if configuration.parametrization.kind != .standard {
            return (
                "parametrization.kind",
                "one learning rate for all matrices is needed; give standard"
            )
        }
        if configuration.steps < 2 * windows {
            return ("steps", "\(configuration.steps): give at least \(2 * windows)")
        }
        return nil
    }

    /// Runs of the study: names of their files, in order.
    public var runs: [(name: String, variant: Int, configuration: RunConfiguration)] {
        variants.enumerated().flatMap { index, variant in
            variant.configurations.map { configuration in
                let safe = variant.name.map { $0.isLetter || $0.isNumber ? $0 : "-" }
                return ("\(String(safe))-seed\(configuration.seed)", index, configuration)
            }
        }
    }

    /// About how long runs take, by a few steps of each variant.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - taken: Steps that runs have taken already, by name.
    /// - Returns: Seconds that the other steps take.
    /// - Throws: What the data or the engine throws.
    public func seconds(on engine: any Engine, taken: [String: Int]) throws -> Double {
        var total = 0.0
        for variant in variants.indices {
            let own = runs.filter { $0.variant == variant }
            let open = own.reduce(0) { $0 + $1.configuration.steps - (taken[$1.name] ?? 0) }
            guard let first = own.first, open > 0 else { continue }
            let run = try DecayRun(
                first.configuration, task(first.configuration),
                digest: digest(of: first.configuration), on: engine)
            _ = try run.take(1)
            let clock = ContinuousClock()
            let time = try clock.measure { for step in 2...4 { _ = try run.take(step) } }
            total += time / .seconds(1) / 3 * Double(open)
        }
        return total
    }

    /// What tells a run from any other: the digest of its configuration and what else it depends on.
    ///
    /// - Parameter configuration: One of the study's.
    /// - Returns: A short text.
    public func digest(of configuration: RunConfiguration) -> String {
        guard let images else { return configuration.digest }
        // By their bytes, as a text; what cannot be read is refused where it is trained on.
        let bytes = try? Data(contentsOf: URL(fileURLWithPath: images))
        let digest = bytes.map { SHA256.digest(of: [UInt8]($0)).hexadecimal }
        let identity = RunIdentity(configuration, data: digest ?? "unread \(images)")
        return "\(identity.folderName) \(labelNoise)"
    }

    /// Trains a run.
    ///
    /// - Parameters:
    ///   - configuration: One of the study's.
    ///   - engine: What computes.
    ///   - checkpoint: Where the run goes on, to the same bits; from its start when nil.
    ///   - isCancelled: Asked at each step.
    ///   - save: Called now and then with what the run needs to go on.
    /// - Returns: What it measured; nil when cancelled.
    /// - Throws: What the data, the engine or `save` throws.
    public func train(
        _ configuration: RunConfiguration, on engine: any Engine,
        from checkpoint: DecayCheckpoint? = nil, isCancelled: () -> Bool = { false },
        save: (DecayCheckpoint) throws -> Void = { _ in }
    ) throws -> DecayRecord? {
        var run = try DecayRun(
            configuration, task(configuration), digest: digest(of: configuration), on: engine,
            from: checkpoint)
        return try run.train(isCancelled: isCancelled, save: save)
    }

    private func task(_ configuration: RunConfiguration) throws -> DecayTask {
        if let images { return .images(try ImageSet(path: images, noise: labelNoise)) }
        let cache = try TokenCache(
            configuration.textSource, vocabulary: configuration.model.vocabulary)
        return .text(try configuration.batches(of: cache))
    }
}

extension DecayStudy {
    /// A name for all runs: the first 16 hexadecimal digits of the SHA-256 of their digests.
    public var digest: String {
        ConfigurationDigest.joined(runs.map { digest(of: $0.configuration) })
    }
}
