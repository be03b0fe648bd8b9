/// A setting of a run as the hparams plugin of TensorBoard logs it.
public struct Hyperparameter: Sendable, Hashable {
    /// What it is set to.
    public enum Value: Sendable, Hashable {
        /// A number.
        case number(Double)
        /// A text.
        case text(String)
        /// A truth.
        case flag(Bool)
    }

    /// Its name.
    public var name: String
    /// What it is set to.
    public var value: Value

    /// A setting.
    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }

    /// Those of a summary's metadata, where it is the start of a session of the plugin `hparams`.
    ///
    /// Source: tensorboard/plugins/hparams, `plugin_data.proto` and `api.proto`.
    static func all(
        _ bytes: RawSpan, _ metadata: Range<Int>
    ) throws(ProtobufWire.Malformed) -> [Hyperparameter] {
        var name: Range<Int>?
        var content: Range<Int>?
        for plugin in try messages(1, bytes, metadata) {
            var rest = plugin
            while let field = try ProtobufWire.next(bytes, &rest) {
                if case (1, .bytes(let range)) = (field.number, field.value) { name = range }
                if case (2, .bytes(let range)) = (field.number, field.value) { content = range }
            }
        }
        // Most summaries are of other plugins: their content is not looked at.
        guard let name, let content, name.count == 7,
            ProtobufWire.text(bytes, name) == "hparams"
        else { return [] }
        var settings: [Hyperparameter] = []
        for start in try messages(3, bytes, content) {
            for entry in try messages(1, bytes, start) {
                if let found = try setting(bytes, entry) { settings.append(found) }
            }
        }
        return settings.sorted { $0.name < $1.name }
    }

    /// The messages that stand in a field of a message.
    private static func messages(
        _ number: Int, _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            if field.number == number, case .bytes(let inner) = field.value { found.append(inner) }
        }
        return found
    }

    /// An entry of a map from names to `google.protobuf.Value`; nil of a null, a list or a structure.
    private static func setting(
        _ bytes: RawSpan, _ entry: Range<Int>
    ) throws(ProtobufWire.Malformed) -> Hyperparameter? {
        var name = ""
        var value: Value?
        var rest = entry
        while let field = try ProtobufWire.next(bytes, &rest) {
            guard case .bytes(let range) = field.value else { continue }
            if field.number == 1 { name = ProtobufWire.text(bytes, range) }
            guard field.number == 2 else { continue }
            var inner = range
            while let field = try ProtobufWire.next(bytes, &inner) {
                switch (field.number, field.value) {
                case (2, .word64(let bits)): value = .number(Double(bitPattern: bits))
                case (3, .bytes(let text)): value = .text(ProtobufWire.text(bytes, text))
                case (4, .varint(let flag)): value = .flag(flag != 0)
                default: break
                }
            }
        }
        return name.isEmpty ? nil : value.map { Hyperparameter(name: name, value: $0) }
    }
}
