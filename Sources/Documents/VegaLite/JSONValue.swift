/// A JSON value, written the same way each time: keys sorted, numbers in the fewest digits.
package indirect enum JSONValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// A truth value.
    case bool(Bool)
    /// A number; one that is not finite is written as `null`.
    case number(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Named values.
    case object([String: JSONValue])

    /// The text in one line.
    package var text: String {
        var text = ""
        write(to: &text, indent: nil)
        return text
    }

    /// The text over several lines; an object or list of plain values stays in one line.
    package var prettyText: String {
        var text = ""
        write(to: &text, indent: 0)
        return text + "\n"
    }

    /// The text in one line, such that an HTML page may hold it inside a script.
    package var scriptText: String {
        var safe: [UInt8] = []
        for byte in text.utf8 {
            if byte == UInt8(ascii: "<") {
                safe.append(contentsOf: "\\u003c".utf8)
            } else {
                safe.append(byte)
            }
        }
        return String(decoding: safe, as: UTF8.self)
    }

    /// The value under a key, when this is an object that has it.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    /// The number, when this is one.
    package var double: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let value): text += Self.number(value)
        case .string(let value): Self.quote(value, to: &text)
        case .array(let values):
            let inner = values.allSatisfy(\.isPlain) ? nil : indent.map { $0 + 1 }
            Self.list(values, "[", "]", to: &text, indent: inner) { value, text in
                value.write(to: &text, indent: inner)
            }
        case .object(let fields):
            let inner = fields.values.allSatisfy(\.isPlain) ? nil : indent.map { $0 + 1 }
            let sorted = fields.sorted { $0.key < $1.key }
            Self.list(sorted, "{", "}", to: &text, indent: inner) { field, text in
                Self.quote(field.key, to: &text)
                text += indent == nil ? ":" : ": "
                field.value.write(to: &text, indent: inner)
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: String, _ close: String, to text: inout String, indent: Int?,
        _ write: (Element, inout String) -> Void
    ) {
        func newLine(_ depth: Int?) {
            guard let depth, !elements.isEmpty else { return }
            text += "\n" + String(repeating: "  ", count: depth)
        }
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            newLine(indent)
            write(element, &text)
        }
        newLine(indent.map { $0 - 1 })
        text += close
    }

    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func quote(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByFloatLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }

    /// A number, or null for none.
    package static func optional(_ value: Double?) -> JSONValue { value.map(number) ?? .null }
    /// A list of numbers.
    package static func numbers(_ values: [Double]) -> JSONValue { .array(values.map(number)) }
    /// A list of texts.
    package static func strings(_ values: [String]) -> JSONValue { .array(values.map(string)) }
}
