import Statistics

/// A word with the colour of what it means.
struct Badge {
    /// What the word means.
    enum Tone: String {
        /// As hoped.
        case good
        /// Not as hoped.
        case bad
        /// Not known.
        case open
    }

    /// The word.
    var word: String
    /// What it means.
    var tone: Tone

    /// Chooses a word.
    init(_ word: String, _ tone: Tone) {
        self.word = word
        self.tone = tone
    }

    /// A verdict.
    init(_ verdict: Verdict) {
        word = verdict.rawValue
        tone =
            switch verdict {
            case .pass: .good
            case .fail: .bad
            case .inconclusive: .open
            }
    }

    /// The markup.
    var markup: String {
        "<span class=\"verdict \(tone.rawValue)\">\(HTML.escaped(word))</span>"
    }
}
