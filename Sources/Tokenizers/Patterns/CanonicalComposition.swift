import Foundation

/// Text in Unicode's normalization form C (UAX 15), of which most text is.
enum CanonicalComposition {
    /// Which scalars below U+30000 may change, or change with what stands before them.
    ///
    /// Before one that does not, text can be cut and composed part by part.
    private static let changes: [Bool] = (UInt32(0)..<0x30000).map { value in
        guard value >= 0x300, let scalar = Unicode.Scalar(value) else { return false }
        // Vowels and final consonants of Hangul.
        if 0x1160...0x11ff ~= value { return true }
        // Syllables of Hangul and unified ideographs stay.
        if 0xac00...0xd7a3 ~= value || 0x3400...0x9fff ~= value || 0x20000...0x2f7ff ~= value {
            return false
        }
        switch scalar.properties.generalCategory {
        case .unassigned, .privateUse: return false
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default:
            return !composed(String(scalar)).unicodeScalars.elementsEqual([scalar])
        }
    }

    private static func composed(_ text: String) -> String {
        // Composing alone leaves a syllable of Hangul and a final consonant apart.
        text.decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
    }

    /// The composed text; nil where it is the text itself.
    ///
    /// Bytes that are no UTF-8 stay.
    static func composed(_ text: Span<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var previous = 0
        var place = 0
        while place < text.count {
            if text[place] < 0xcc {  // below U+0300
                previous = place
                place += 1
                continue
            }
            let (value, length) = UTF8Text.scalar(text, place)
            guard value < changes.count, changes[Int(value)] else {
                previous = place
                place += length
                continue
            }
            var end = place
            while end < text.count, text[end] >= 0xcc {
                let (value, length) = UTF8Text.scalar(text, end)
                guard value < changes.count, changes[Int(value)] else { break }
                end += length
            }
            // What stands before may be the second byte of a scalar: go back to its first.
            while previous > copied, text[previous] & 0xc0 == 0x80 { previous -= 1 }
            // A byte before them that is part of no scalar stays out.
            for first in [previous, place] {
                let bytes = (first..<end).map { text[$0] }
                guard let string = String(validating: bytes, as: UTF8.self) else { continue }
                for index in copied..<first { result.append(text[index]) }
                result += composed(string).utf8
                copied = end
                break
            }
            previous = end
            place = end
        }
        guard copied > 0 else { return nil }
        for index in copied..<text.count { result.append(text[index]) }
        return result
    }
}
