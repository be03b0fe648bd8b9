/// The alternatives of the published expressions, tried in their order at one place.
struct WordScanner {
    let start: Int

    /// The class and the bytes of the scalar at a place.
    @inline(__always)
    private func kind(
        _ place: Int, _ text: Span<UInt8>, _ classes: Span<UInt8>
    ) -> (kind: UInt8, length: Int) {
        let byte = text[place]
        if byte < 0x80 { return (classes[Int(byte)], 1) }
        let (value, length) = UTF8Text.scalar(text, place)
        return (value < classes.count ? classes[Int(value)] : ScalarClass.other, length)
    }

    /// Where scalars of a class end, at most `limit` of them.
    @inline(__always)
    private func run(
        of kind: UInt8, from place: Int, _ text: Span<UInt8>, _ classes: Span<UInt8>,
        limit: Int = .max
    ) -> Int {
        var place = place
        var count = 0
        while place < text.count, count < limit {
            let (found, length) = self.kind(place, text, classes)
            guard found == kind else { break }
            place += length
            count += 1
        }
        return place
    }

    /// `\s+(?!\S)|\s+`, with `\s*[\r\n]+` before it where `breaks`.
    private func space(
        _ text: Span<UInt8>, _ classes: Span<UInt8>, breaks: Bool
    ) -> Int {
        var place = start
        var last = start
        var lineEnd: Int?
        while place < text.count {
            let (found, length) = kind(place, text, classes)
            guard found == ScalarClass.space else { break }
            last = place
            place += length
            if text[last] == 0x0a || text[last] == 0x0d { lineEnd = place }
        }
        if breaks, let lineEnd { return lineEnd }
        // The last of several goes with what follows it.
        return place == text.count || last == start ? place : last
    }

    /// The bytes of a contraction such as `'ll` at the start; 0 for none.
    private func contraction(_ text: Span<UInt8>, ignoringCase: Bool) -> Int {
        guard text[start] == 0x27, start + 1 < text.count else { return 0 }
        func letter(_ offset: Int) -> UInt8 {
            guard start + offset < text.count else { return 0 }
            let byte = text[start + offset]
            return ignoringCase && 0x41...0x5a ~= byte ? byte | 0x20 : byte
        }
        switch letter(1) {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
        case UInt8(ascii: "r") where letter(2) == UInt8(ascii: "e"): return 3
        case UInt8(ascii: "v") where letter(2) == UInt8(ascii: "e"): return 3
        case UInt8(ascii: "l") where letter(2) == UInt8(ascii: "l"): return 3
        // U+017F, the long s, is an s in another case.
        case 0xc5 where ignoringCase && letter(2) == 0xbf: return 3
        default: return 0
        }
    }

    @inline(__always)
    func gpt2(_ text: Span<UInt8>, _ classes: Span<UInt8>) -> Int {
        let contraction = contraction(text, ignoringCase: false)
        if contraction > 0 { return start + contraction }
        var first = start
        if text[start] == 0x20, start + 1 < text.count { first += 1 }
        let (found, length) = kind(first, text, classes)
        guard found != ScalarClass.space else { return space(text, classes, breaks: false) }
        return run(of: found, from: first + length, text, classes)
    }

    /// As ``gpt2(_:_:)`` where each digit is cut out first: white space before one ends its part of the text.
    @inline(__always)
    func gpt2WithoutDigits(_ text: Span<UInt8>, _ classes: Span<UInt8>) -> Int {
        let (found, length) = kind(start, text, classes)
        if found == ScalarClass.number { return start + length }
        if found == ScalarClass.space {
            let end = run(of: found, from: start + length, text, classes)
            if end < text.count, kind(end, text, classes).kind == ScalarClass.number { return end }
        }
        return gpt2(text, classes)
    }

    @inline(__always)
    func grouped(_ text: Span<UInt8>, _ classes: Span<UInt8>, digits: Int) -> Int {
        let contraction = contraction(text, ignoringCase: true)
        if contraction > 0 { return start + contraction }
        let byte = text[start]
        let (found, length) = kind(start, text, classes)
        let next = start + length
        switch found {
        case ScalarClass.letter: return run(of: found, from: next, text, classes)
        case ScalarClass.number: return run(of: found, from: start, text, classes, limit: digits)
        default: break
        }
        // One that is no line break goes with the letters that follow, a space with other marks.
        var marks = found == ScalarClass.other ? next : nil
        if next < text.count, byte != 0x0a, byte != 0x0d {
            let (following, size) = kind(next, text, classes)
            if following == ScalarClass.letter {
                return run(of: following, from: next + size, text, classes)
            }
            if byte == 0x20, following == ScalarClass.other { marks = next + size }
        }
        guard let marks else { return space(text, classes, breaks: true) }
        var end = run(of: ScalarClass.other, from: marks, text, classes)
        while end < text.count, text[end] == 0x0a || text[end] == 0x0d { end += 1 }
        return end
    }
}
