/// Tokens that are found in a text as they stand, before it is cut into words: the longest of those that begin
/// at the earliest place.
struct AddedTokens: Sendable {
    struct Token: Sendable {
        var id: Int32
        var content: [UInt8]
        /// Whether white space to the left belongs to it.
        var takesLeft: Bool
        /// Whether white space to the right belongs to it.
        var takesRight: Bool
    }

    private var tokens: [Token] = []
    private var begins = [Bool](repeating: false, count: 256)
    /// The node after a node and a byte, 256 times the node plus the byte; the root is 0.
    private var next: [Int: Int] = [:]
    /// The token that ends at a node.
    private var ends: [Int: Int] = [:]
    private var nodes = 1

    var isEmpty: Bool { tokens.isEmpty }

    mutating func add(_ token: Token) {
        guard let first = token.content.first else { return }
        begins[Int(first)] = true
        var node = 0
        for byte in token.content {
            if let known = next[node << 8 | Int(byte)] {
                node = known
            } else {
                next[node << 8 | Int(byte)] = nodes
                node = nodes
                nodes += 1
            }
        }
        ends[node] = tokens.count
        tokens.append(token)
    }

    /// Cuts a text at the tokens in it.
    ///
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - part: Called in order with what is no token, not empty, and with tokens.
    func split(_ text: Span<UInt8>, _ part: (Range<Int>, Int32?) -> Void) {
        var start = 0
        var place = 0
        while !isEmpty, place < text.count {
            guard begins[Int(text[place])], let (token, length) = longest(in: text, at: place)
            else {
                place += 1
                continue
            }
            var first = place
            var end = place + length
            if token.takesLeft { first = Self.leftSpace(text, from: start, to: place) }
            if token.takesRight { end = Self.rightSpace(text, from: end) }
            if start < first { part(start..<first, nil) }
            part(first..<end, token.id)
            start = end
            place = end
        }
        if start < text.count { part(start..<text.count, nil) }
    }

    private func longest(
        in text: Span<UInt8>, at start: Int
    ) -> (token: Token, length: Int)? {
        var node = 0
        var best: (Token, Int)?
        var place = start
        while place < text.count, let following = next[node << 8 | Int(text[place])] {
            node = following
            place += 1
            if let token = ends[node] { best = (tokens[token], place - start) }
        }
        return best
    }

    private static func isSpace(_ value: UInt32) -> Bool {
        value < 0x40000 && ScalarClass.table[Int(value)] == ScalarClass.space
    }

    /// Where the white space begins that ends at `end`.
    private static func leftSpace(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var first = end
        while first > start {
            var place = first - 1
            while place > start, text[place] & 0xc0 == 0x80 { place -= 1 }
            guard isSpace(UTF8Text.scalar(text, place).value) else { break }
            first = place
        }
        return first
    }

    /// Where the white space ends that begins at `start`.
    private static func rightSpace(_ text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let (value, length) = UTF8Text.scalar(text, end)
            guard isSpace(value) else { break }
            end += length
        }
        return end
    }
}
