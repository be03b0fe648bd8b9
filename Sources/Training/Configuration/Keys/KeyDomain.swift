/// What values a key takes.
public enum KeyDomain: Sendable, Hashable {
    /// Whole numbers.
    case whole(ClosedRange<Int>)
    /// Seeds.
    case seed
    /// Numbers.
    case number(NumberRange)
    /// True or false.
    case flag
    /// One of these words; any text where there are none.
    case word([String])
    /// A list of these words, each once; of any words where there are none.
    case words([String])

    /// The kind of value, in a word or two.
    public var type: String {
        switch self {
        case .whole: "whole number"
        case .seed: "seed"
        case .number: "number"
        case .flag: "true or false"
        case .word(let words): words.isEmpty ? "text" : "word"
        case .words: "list of words"
        }
    }

    /// The values, in a few words; empty where the type says all.
    public var range: String {
        switch self {
        case .whole(let range): "from \(range.lowerBound) to \(range.upperBound)"
        case .seed: "from 0 to \(UInt64.max)"
        case .number(let range): range.text
        case .flag: ""
        case .word(let words), .words(let words): words.joined(separator: ", ")
        }
    }

    /// Why a value is not taken; nil when it is.
    func objection(to value: KeyValue) -> String? {
        switch (self, value) {
        case (.whole(let range), .whole(let value)):
            range.contains(value)
                ? nil : "\(value) is out of range: a whole number \(self.range)"
        case (.number(let range), .number(let value)): range.objection(to: value)
        case (.word(let words), .word(let word)):
            words.isEmpty || words.contains(word) ? nil : Self.objection(to: word, words)
        case (.words(let words), .words(let given)):
            words.isEmpty
                ? nil : given.first { !words.contains($0) }.map { Self.objection(to: $0, words) }
        case (.seed, .seed), (.flag, .flag): nil
        default: "has the wrong type: it must be a \(type)"
        }
    }

    /// What is said of a word that is none of some.
    static func objection(to word: String, _ words: [String]) -> String {
        "there is no \(word.isEmpty ? "empty word" : word); there are "
            + words.joined(separator: ", ")
    }
}
