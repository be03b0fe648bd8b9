import Formats
import OrderedCollections
import Tensors

/// The tensors in what a pickle came to, by the keys that lead to them.
struct StateDictionary {
    private(set) var tensors: OrderedDictionary<String, PickleTensor> = [:]
    /// Numbers and strings beside the tensors, such as nanoGPT's `model_args`.
    private(set) var metadata: [String: String] = [:]
    private(set) var notes: [String] = []

    /// Keys under which training checkpoints keep the model.
    private static let models = [
        "model_state_dict", "state_dict", "model", "module", "model_state", "ema", "params",
    ]
    private static let deepest = 24
    /// A pickle may show one value in many places; this many are looked at.
    private static let most = 4_000_000

    private var visited = 0

    init(_ value: PickleValue, path: String) throws(FormatError) {
        guard case .dictionary(let root) = value else {
            if case .tensor(let tensor) = value {
                tensors["tensor"] = tensor
                return
            }
            try collect(value, "", 0, path)
            return
        }
        readMetadata(root)
        for name in Self.models {
            guard case .dictionary(let model)? = root[name] else { continue }
            try collect(.dictionary(model), "", 0, path)
            guard !tensors.isEmpty else { continue }
            let others = root.entries.compactMap(\.key.string).filter { $0 != name }
            if !others.isEmpty {
                notes.append(
                    "only '\(name)' is read; beside it stand "
                        + others.prefix(6).joined(separator: ", "))
            }
            return
        }
        try collect(value, "", 0, path)
    }

    private mutating func collect(
        _ value: PickleValue, _ name: String, _ depth: Int, _ path: String
    )
        throws(FormatError)
    {
        visited += 1
        guard depth <= Self.deepest, visited <= Self.most else {
            throw .unsupported(
                path: path, place: "pickle", found: "dictionaries too deep or too many",
                advice: "save the model's state_dict alone")
        }
        let prefix = name.isEmpty ? "" : name + "."
        switch value {
        case .tensor(let tensor): tensors[name.isEmpty ? "tensor" : name] = tensor
        case .dictionary(let dictionary):
            for (key, value) in dictionary.entries {
                guard let key = key.string ?? key.integer.map(String.init), key.utf8.count <= 1000
                else { continue }
                try collect(value, prefix + key, depth + 1, path)
            }
        case .list(let list), .tuple(let list):
            for (index, item) in list.items.enumerated() {
                try collect(item, prefix + String(index), depth + 1, path)
            }
        default: break
        }
    }

    private mutating func readMetadata(_ root: PickleDictionary) {
        func keep(_ entries: [(key: PickleValue, value: PickleValue)]) {
            for (key, value) in entries.prefix(1000) {
                guard let key = key.string, key.utf8.count <= 100 else { continue }
                switch value {
                case .integer(let number): metadata[key] = String(number)
                case .number(let number): metadata[key] = String(number)
                case .boolean(let flag): metadata[key] = String(flag)
                case .string(let text) where text.utf8.count <= 1000: metadata[key] = text
                default: break
                }
            }
        }
        keep(root.entries)
        for name in ["model_args", "config", "hyper_parameters"] {
            if case .dictionary(let settings)? = root[name] { keep(settings.entries) }
        }
        if let settings = root["args"]?.attributes(of: "Namespace") { keep(settings.entries) }
    }
}
