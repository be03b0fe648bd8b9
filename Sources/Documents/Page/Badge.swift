package import Statistics

/// A word with the colour of what it means.
package struct Badge: Sendable {
    /// What the word means.
    package enum Tone: String, Sendable {
        /// As hoped.
        case good
        /// Not as hoped.
        case bad
        /// Not known.
        case open
    }

    /// The word.
    package var word: String
    /// What it means.
    package var tone: Tone

    /// Chooses a word.
    package init(_ word: String, _ tone: Tone) {
        self.word = word
        self.tone = tone
    }

    /// A verdict.
    package init(_ verdict: Verdict) {
        word = verdict.rawValue
        tone =
            switch verdict {
            case .pass: .good
            case .fail: .bad
            case .inconclusive: .open
            }
    }

    /// The markup.
    package var markup: String {
        "<span class=\"verdict \(tone.rawValue)\">\(HTML.escaped(word))</span>"
    }
}
