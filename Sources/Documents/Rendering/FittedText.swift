/// Text that was written without a width, brought into one.
///
/// Lines that are short enough stay as they are. Of a longer one the columns stay, and what stands in its last
/// column goes on below it.
package enum FittedText {
    /// The least that is left to the last column.
    private static let least = 24

    /// Breaks the lines of a text that are longer than a terminal is wide.
    ///
    /// - Parameters:
    ///   - text: The text, without terminal colours in lines that are too long.
    ///   - width: The columns of the terminal.
    /// - Returns: The text, with its line feeds.
    package static func fitted(_ text: String, to width: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.count <= width || $0.contains("\u{1b}") ? String($0) : broken($0, width) }
            .joined(separator: "\n")
    }

    private static func broken(_ line: Substring, _ width: Int) -> String {
        let characters = Array(line)
        let indent = lastColumn(characters, before: width - least)
        let lines = Lines.wrapped(String(characters[indent...]), to: max(width - indent, 1))
        return String(characters[..<indent])
            + lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// Where the last column begins: behind two blanks or more, as far to the right as there is room.
    private static func lastColumn(_ line: [Character], before end: Int) -> Int {
        var column = line.prefix { $0 == " " }.count
        var blanks = 0
        for (index, character) in line.enumerated() where index <= end {
            if character == " " {
                blanks += 1
            } else {
                if blanks > 1 { column = index }
                blanks = 0
            }
        }
        return column <= max(end, 0) ? column : 0
    }
}

extension Table {
    /// The table for a terminal of so many columns.
    ///
    /// - Parameters:
    ///   - columns: The width; columns of low priority that do not fit are left out, and named.
    ///   - usesColour: Whether what is marked has terminal colours.
    /// - Returns: The lines, without a line feed at the end.
    package func text(columns: Int, usesColour: Bool = false) -> String {
        TableText(self, width: columns, usesColour: usesColour).text
    }
}
