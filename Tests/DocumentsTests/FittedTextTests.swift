import Documents
import Testing

@Suite("text brought into a width")
struct FittedTextTests {
    private let text = """
        PASS  a question
          warmup      0.05  what it does, said in a sentence that goes on for longer than the line is wide
          decay       none
        one paragraph without columns that is longer than the forty columns that there are here
        """

    @Test("lines fit, columns stay, and nothing is lost", arguments: [40, 80, 100, 120])
    func fits(width: Int) {
        let fitted = FittedText.fitted(text, to: width)
        let lines = fitted.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= width }, "\(fitted)")
        #expect(lines.contains("  decay       none"))
        func words(_ text: String) -> [Substring] { text.split { $0 == " " || $0 == "\n" } }
        #expect(words(fitted) == words(text))
    }

    @Test("what follows stands below the last column")
    func hangs() {
        let lines = FittedText.fitted(text, to: 60).split(separator: "\n")
        let place = lines[1].firstRange(of: "what")?.lowerBound ?? lines[1].startIndex
        let column = lines[1].distance(from: lines[1].startIndex, to: place)
        #expect(column == 20 && lines[2].prefix { $0 == " " }.count == column)
    }

    @Test("a text that fits, and one with colours, stay as they are")
    func unchanged() {
        #expect(FittedText.fitted(text, to: 100_000) == text)
        let coloured = "\u{1b}[31mred\u{1b}[0m and " + String(repeating: "x", count: 50)
        #expect(FittedText.fitted(coloured, to: 30) == coloured)
    }
}
