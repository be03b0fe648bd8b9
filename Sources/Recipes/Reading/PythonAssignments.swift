package import Training

/// Reads lines of the form `key = value` as nanoGPT's configurations have them, and executes nothing.
///
/// A value is a literal, a product or quotient of numbers, or an earlier key. Whatever else stands on the
/// right is kept as text (``SourceValue/expression(_:)``); a line that is no assignment is an error, but for
/// comments and imports.
package enum PythonAssignments {
    /// The keys and values of a text.
    ///
    /// - Parameters:
    ///   - text: The file's contents.
    ///   - source: What errors call it.
    /// - Returns: The values, of which the last of a key counts.
    /// - Throws: ``Training/ConfigurationError`` with the number of the line.
    package static func values(
        of text: String, source: String
    ) throws(ConfigurationError) -> [String: SourceValue] {
        var values: [String: SourceValue] = [:]
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let code = SourceLine.withoutComment(line)
            let words = code.split { $0 == " " || $0 == "\t" }
            guard let first = words.first, first != "import", first != "from" else { continue }
            var failure: ConfigurationError {
                .malformed(
                    source: source, key: "line \(index + 1)",
                    reason: "\(SourceValue.expression(String(code)).shown) is not of the form "
                        + "key = value, and nothing is executed; write the value that it sets")
            }
            guard let equals = code.firstIndex(of: "="), code.first?.isWhitespace == false else {
                throw failure
            }
            let key = SourceLine.trimmed(code[..<equals])
            let value = SourceLine.trimmed(code[code.index(after: equals)...])
            guard isName(key), !value.isEmpty, value.first != "=" else {
                throw failure
            }
            values[key] = self.value(value, values)
        }
        return values
    }

    private static func value(_ text: String, _ known: [String: SourceValue]) -> SourceValue {
        switch text {
        case "None": return .null
        case "True": return .flag(true)
        case "False": return .flag(false)
        default: break
        }
        if let quote = text.first, quote == "'" || quote == "\"", text.count >= 2,
            text.last == quote,
            !text.dropFirst().dropLast().contains(where: { $0 == quote || $0 == "\\" })
        {
            return .text(String(text.dropFirst().dropLast()))
        }
        return product(text, known) ?? .expression(text)
    }

    /// Numbers joined by `*` and `/`, each a literal or an earlier key; nil for other text.
    private static func product(_ text: String, _ known: [String: SourceValue]) -> SourceValue? {
        var result: SourceValue?
        var rest = text[...]
        var sign: Character = "*"
        while true {
            let end = rest.firstIndex { $0 == "*" || $0 == "/" } ?? rest.endIndex
            let word = SourceLine.trimmed(rest[..<end])
            guard let factor = number(word) ?? known[word].flatMap({ $0.double == nil ? nil : $0 })
            else { return nil }
            if let left = result {
                guard let joined = joined(left, sign, factor) else { return nil }
                result = joined
            } else {
                result = factor
            }
            guard end < rest.endIndex else { return result }
            sign = rest[end]
            rest = rest[rest.index(after: end)...]
        }
    }

    private static func joined(
        _ left: SourceValue, _ sign: Character, _ right: SourceValue
    ) -> SourceValue? {
        if sign == "*", case .whole(let a) = left, case .whole(let b) = right {
            let (product, overflows) = a.multipliedReportingOverflow(by: b)
            return overflows ? nil : .whole(product)
        }
        guard let a = left.double, let b = right.double else { return nil }
        let value = sign == "*" ? a * b : a / b
        return value.isFinite ? .number(value) : nil
    }

    private static func number(_ text: String) -> SourceValue? {
        guard let first = text.first(where: { $0 != "-" && $0 != "+" }),
            first.isASCII, first.isNumber || first == ".",
            text.utf8.allSatisfy({ "0123456789._eE+-".utf8.contains($0) })
        else { return nil }
        let digits = text.filter { $0 != "_" }
        if let whole = Int(digits) { return .whole(whole) }
        guard let value = Double(digits), value.isFinite else { return nil }
        return .number(value)
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
    }
}
