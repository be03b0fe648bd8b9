import Digests

/// What determines the result of a run: what it trains, on which data, and what computes.
///
/// Two runs of one identity have the same bits. Names of files, folders, hosts, threads and times are no
/// part of it. A part that is nil is not known: a folder of an earlier version may lack it.
public struct RunIdentity: Sendable, Hashable, Codable {
    /// The version of what is computed, whatever the code that computes it.
    ///
    /// Raise it in the commit that changes a bit of what any configuration trains to on any engine or
    /// instruction set: the order or precision of operations, random numbers and their keys, the order
    /// of batches, the cut for validation, the tokenizer, the meaning or default of an existing key. Leave
    /// it where only speed, words or what is recorded besides change.
    ///
    /// - 1: the first that folders record.
    /// - 2: decay is not scaled by default; tied heads in muP and CompleteP have their multiplier, and epsilon
    ///   follows multipliers that are part of a weight (CompleteP's head, unit-scaled muP).
    /// - 3: one less a decay rate, the corrections of Adam's means and the end of a schedule are subtracted in
    ///   double, before they are rounded.
    public static let numericsVersion = 3

    /// The resolved configuration, key path by key path, without the names of texts.
    public var configuration: [String: ConfigurationValue]?
    /// SHA-256 of the text, in hexadecimal.
    public var data: String?
    /// What computes: its `name`, and what else its bits depend on, as `instruction_set`.
    public var engine: [String: String]?
    /// The version of what is computed.
    public var numerics: Int?

    /// Creates an identity; what is left out is not known.
    public init(
        configuration: [String: ConfigurationValue]? = nil, data: String? = nil,
        engine: [String: String]? = nil, numerics: Int? = nil
    ) {
        self.configuration = configuration
        self.data = data
        self.engine = engine
        self.numerics = numerics
    }

    /// A name for what is trained on which data: 16 hexadecimal digits of a SHA-256, for a folder.
    ///
    /// What computes is not in it: a folder says that itself.
    public var folderName: String {
        let values = (configuration ?? [:]).sorted { $0.key < $1.key }
        let lines = values.map { "\($0.key): \($0.value)" } + ["data: \(data ?? "unread")"]
        return String(SHA256.digest(of: lines.joined(separator: "\n")).hexadecimal.prefix(16))
    }
}

extension RunIdentity {
    /// A part of an identity.
    public enum Part: String, Sendable, Hashable, CaseIterable {
        /// The resolved configuration.
        case configuration
        /// The digest of the data.
        case data
        /// The numerics version.
        case numerics
        /// The engine and what its bits depend on.
        case engine
    }

    /// One thing in which two identities differ.
    public struct Difference: Sendable, Hashable {
        /// The part that it belongs to.
        public var part: Part
        /// The key, as `data.batch`.
        public var key: String
        /// The value of the other.
        public var there: String
        /// The value of this one.
        public var here: String

        public init(_ part: Part, _ key: String, there: String, here: String) {
            self.part = part
            self.key = key
            self.there = there
            self.here = here
        }
    }

    /// In what another identity differs, as far as both are known.
    ///
    /// - Parameter other: The identity that stands somewhere.
    /// - Returns: The differences: of the configuration by key, of the data, of numerics, of the engine.
    public func differences(from other: RunIdentity) -> [Difference] {
        var differences: [Difference] = []
        if let here = configuration, let there = other.configuration, here != there {
            for key in Set(here.keys).union(there.keys).sorted() where here[key] != there[key] {
                differences.append(
                    Difference(
                        .configuration, key, there: there[key]?.description ?? "not set",
                        here: here[key]?.description ?? "not set"))
            }
        }
        if let here = data, let there = other.data, here != there {
            differences.append(
                Difference(
                    .data, "text digest", there: String(there.prefix(16)),
                    here: String(here.prefix(16))))
        }
        if let here = numerics, let there = other.numerics, here != there {
            differences.append(
                Difference(.numerics, "numerics", there: "\(there)", here: "\(here)"))
        }
        if let here = engine, let there = other.engine {
            let name = "name"
            // Facts of different engines have nothing in common.
            let keys = here[name] == there[name] ? here.keys.sorted() : [name]
            for key in keys {
                guard let mine = here[key], let own = there[key], mine != own else { continue }
                differences.append(
                    Difference(
                        .engine, key == name ? "engine" : "engine.\(key)", there: own, here: mine))
            }
        }
        return differences
    }

    /// The parts that are known here and in none of others.
    ///
    /// - Parameter others: What files of one folder say.
    /// - Returns: The parts, in order.
    public func unknownParts(in others: [RunIdentity]) -> [Part] {
        func isUnknown<Value>(_ part: KeyPath<RunIdentity, Value?>) -> Bool {
            self[keyPath: part] != nil && others.allSatisfy { $0[keyPath: part] == nil }
        }
        return Part.allCases.filter { part in
            switch part {
            case .configuration: isUnknown(\.configuration)
            case .data: isUnknown(\.data)
            case .numerics: isUnknown(\.numerics)
            case .engine: isUnknown(\.engine)
            }
        }
    }
}

/// What a command takes that it otherwise refuses, by the user's word.
public struct IdentityAcceptance: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Runs whose folder does not say on which data, or by what, they were trained.
    public static let unknown = IdentityAcceptance(rawValue: 1)
    /// Runs that another engine, instruction set or library has begun.
    public static let engine = IdentityAcceptance(rawValue: 2)
}
