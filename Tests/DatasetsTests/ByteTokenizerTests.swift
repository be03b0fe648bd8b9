import Datasets
import Testing

@Suite("the byte tokenizer")
struct ByteTokenizerTests {
    /// Checks that decoding undoes encoding.
    private func checkRoundTrip(
        _ bytes: [UInt8], _ encode: ([UInt8]) -> [Int32],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(ByteTokenizer().decode(encode(bytes)) == bytes, sourceLocation: sourceLocation)
    }

    @Test("gives back every byte, in any encoding")
    func roundTrip() {
        checkRoundTrip(Array(0...255), ByteTokenizer().encode)
        checkRoundTrip([], ByteTokenizer().encode)
        #expect(ByteTokenizer().encode("a\u{fc}".utf8) == [97, 195, 188])
        #expect(ByteTokenizer.vocabulary == 256)
    }

    @Test("refuses a token that is no byte")
    func outOfRange() async {
        await #expect(processExitsWith: .failure) { _ = ByteTokenizer().decode([256]) }
    }

    @Test("the check can fail: an encoding that drops the high bit is caught")
    func negativeControl() {
        withKnownIssue { checkRoundTrip([200]) { $0.map { Int32($0 & 127) } } }
    }
}
