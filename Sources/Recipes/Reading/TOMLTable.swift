package import Training

/// Reads the part of TOML that torchtitan's configurations are written in: `[section]`, `key = value` with text,
/// numbers, true and false, and lists of them on one line.
///
/// Whatever else TOML has (texts over several lines, inline tables, dates, lists of tables) is an error that
/// names the line: nothing is guessed.
package enum TOMLTable {
    /// The values of a text, by `section.key`.
    ///
    /// - Parameters:
    ///   - text: The file's contents.
    ///   - source: What errors call it.
    /// - Returns: The values.
    /// - Throws: ``Training/ConfigurationError`` with the number of the line.
    package static func values(
        of text: String, source: String
    ) throws(ConfigurationError) -> [String: SourceValue] {
        var values: [String: SourceValue] = [:]
        var section = ""
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            func failure(_ reason: String) -> ConfigurationError {
                .malformed(source: source, key: "line \(index + 1)", reason: reason)
            }
            let code = SourceLine.trimmed(SourceLine.withoutComment(line))
            guard let first = code.first else { continue }
            let shown = SourceValue.expression(code).shown
            if first == "[" {
                guard code.hasSuffix("]"), !code.hasPrefix("[["),
                    isName(code.dropFirst().dropLast(), with: ".")
                else { throw failure("\(shown) is not of the form [section]; correct it") }
                section = String(code.dropFirst().dropLast()) + "."
                continue
            }
            guard let equals = code.firstIndex(of: "=") else {
                throw failure("\(shown) is not of the form key = value; correct it")
            }
            let key = SourceLine.trimmed(code[..<equals])
            guard isName(key[...], with: "-"), values[section + key] == nil else {
                throw failure("\(key) is no key, or appears twice; correct it")
            }
            guard let value = value(SourceLine.trimmed(code[code.index(after: equals)...])) else {
                throw failure(
                    "\(shown) is no text, number, true, false or list on one line; write it so")
            }
            values[section + key] = value
        }
        return values
    }

    private static func value(_ text: String) -> SourceValue? {
        switch text {
        case "true": return .flag(true)
        case "false": return .flag(false)
        default: break
        }
        if let quote = text.first, quote == "\"" || quote == "'" {
            guard text.count >= 2, text.last == quote else { return nil }
            let inner = text.dropFirst().dropLast()
            return inner.contains { $0 == quote || $0 == "\\" } ? nil : .text(String(inner))
        }
        if text.first == "[" {
            guard text.last == "]" else { return nil }
            var entries: [SourceValue] = []
            for part in text.dropFirst().dropLast().split(separator: ",") {
                let word = SourceLine.trimmed(part)
                guard word.first != "[", let entry = value(word) else { return nil }
                entries.append(entry)
            }
            return .list(entries)
        }
        guard let first = text.first(where: { $0 != "-" && $0 != "+" }), first.isNumber,
            text.utf8.allSatisfy({ "0123456789._eE+-".utf8.contains($0) })
        else { return nil }
        let digits = text.filter { $0 != "_" }
        if let whole = Int(digits) { return .whole(whole) }
        return Double(digits).flatMap { $0.isFinite ? .number($0) : nil }
    }

    private static func isName(_ text: Substring, with more: Character) -> Bool {
        !text.isEmpty
            && text.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == more
            }
    }
}
