import Formats
import Foundation

/// What a record of a `.wandb` file says of a run: the fields of `wandb_internal.proto` that are read.
struct WandbRecord {
    /// A name, its parts joined by slashes, and its value as JSON.
    struct Item {
        var name: String
        var json: String
    }

    /// What was logged together.
    var history: [Item] = []
    /// How many times `log` was called before; nil where the record does not say it.
    var count: Int?
    /// Settings.
    var settings: [Item] = []
    /// The name that a person sees.
    var displayName: String?

    init(_ bytes: [UInt8]) throws(ProtobufWire.Malformed) {
        let span = unsafe bytes.span.bytes
        var rest = 0..<bytes.count
        while let field = try ProtobufWire.next(span, &rest) {
            guard case .bytes(let range) = field.value else { continue }
            switch field.number {
            case 2: try readHistory(span, range)
            case 5: try readSettings(span, range)
            case 17: try readRun(span, range)
            default: break
            }
        }
    }

    private mutating func readHistory(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) {
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            guard case .bytes(let inner) = field.value else { continue }
            if field.number == 1, let item = try Self.item(bytes, inner) { history.append(item) }
            guard field.number == 2 else { continue }
            count = 0
            var step = inner
            while let field = try ProtobufWire.next(bytes, &step) {
                if case (1, .varint(let value)) = (field.number, field.value) {
                    count = Int(exactly: value)
                }
            }
        }
    }

    private mutating func readSettings(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) {
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            guard field.number == 1, case .bytes(let inner) = field.value,
                let item = try Self.item(bytes, inner)
            else { continue }
            settings.append(item)
        }
    }

    private mutating func readRun(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) {
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            guard case .bytes(let inner) = field.value else { continue }
            if field.number == 4 { try readSettings(bytes, inner) }
            if field.number == 8 { displayName = ProtobufWire.text(bytes, inner) }
        }
    }

    /// A key, in parts or whole, and a value as JSON.
    private static func item(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) -> Item? {
        var name = ""
        var parts: [String] = []
        var json: String?
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): name = ProtobufWire.text(bytes, text)
            case (2, .bytes(let text)): parts.append(ProtobufWire.text(bytes, text))
            // Values that are typed, as some writers have them.
            case (4, .varint(let flag)): json = flag == 0 ? "false" : "true"
            case (5, .varint(let bits)):
                // Zigzag: the sign is the lowest bit.
                json = "\(Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1))"
            case (6, .word64(let bits)): json = "\(Double(bitPattern: bits))"
            case (8, .bytes(let text)), (16, .bytes(let text)):
                json = ProtobufWire.text(bytes, text)
            default: break
            }
        }
        if !parts.isEmpty { name = parts.joined(separator: "/") }
        return name.isEmpty ? nil : json.map { Item(name: name, json: $0) }
    }
}
