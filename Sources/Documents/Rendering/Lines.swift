/// Text broken into lines.
package enum Lines {
    /// Breaks a text at blanks into lines of at most so many characters; a longer word is cut.
    ///
    /// - Parameters:
    ///   - text: The text; its own line feeds stay.
    ///   - width: The characters of a line, at least one.
    /// - Returns: The lines, one at least.
    package static func wrapped(_ text: String, to width: Int) -> [String] {
        precondition(width > 0, "Lines.wrapped: a width of \(width)")
        return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
            var lines: [String] = []
            var line = ""
            var count = 0
            for word in paragraph.split(separator: " ") {
                var word = word
                var length = word.count
                if count > 0, count + 1 + length <= width {
                    line += " " + word
                    count += 1 + length
                    continue
                }
                if count > 0 { lines.append(line) }
                while length > width {
                    lines.append(String(word.prefix(width)))
                    word = word.dropFirst(width)
                    length -= width
                }
                line = String(word)
                count = length
            }
            return lines + (count > 0 || lines.isEmpty ? [line] : [])
        }
    }

    /// The same with blanks before each line, none but the first of which shows a sign.
    package static func indented(
        _ text: String, by indent: Int, to width: Int, sign: String = ""
    ) -> String {
        let lines = wrapped(text, to: max(width - indent, 1))
        return lines.enumerated().map { index, line in
            let start = index == 0 ? sign : ""
            return start + String(repeating: " ", count: max(indent - start.count, 0)) + line
        }.joined(separator: "\n")
    }

    /// The length of the longest word.
    static func longestWord(_ text: String) -> Int {
        text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(\.count).max() ?? 0
    }
}
