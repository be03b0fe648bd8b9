import Digests
package import Formats
import Synchronization
package import Tokenizers

extension TextSource {
    /// Whether the tokens are the bytes of a text.
    package var isBytes: Bool { tokenizer.isEmpty && tokens.isEmpty }

    /// The tokenizer; nil where none is named.
    package func loadTokenizer() throws(DatasetError) -> Tokenizer? {
        guard !tokenizer.isEmpty else { return nil }
        do throws(FormatError) {
            return try TokenizerStore.shared.tokenizer(at: HomePath.expanded(tokenizer))
        } catch {
            throw .unreadable(error)
        }
    }

    /// The digest of what is trained on: a text and what makes tokens of it.
    static func digest(ofText text: String, tokenizer: String) -> String {
        SHA256.digest(of: "ballast text and tokenizer\n\(text)\n\(tokenizer)").hexadecimal
    }

    /// What stands after each document of JSON Lines.
    func separator() throws(DatasetError) -> [UInt8] {
        guard let tokenizer = try loadTokenizer(), let end = tokenizer.endOfText else {
            return [0x0a]
        }
        return tokenizer.decode([end])
    }

    /// All of a text that was surveyed.
    func text(_ survey: Survey) throws(DatasetError) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(survey.count)
        guard try read({ text += $0 }) == survey else {
            throw .changedWhileRead(sources: names)
        }
        return text
    }
}

/// The tokenizers that this process has read, as long as their files stay.
package final class TokenizerStore: Sendable {
    package static let shared = TokenizerStore()

    private let known = Mutex<[String: (stamp: FileStamp, tokenizer: Tokenizer)]>([:])

    /// The tokenizer of a file.
    package func tokenizer(at path: String) throws(FormatError) -> Tokenizer {
        let stamp = FileStamp(path)
        if let entry = known.withLock({ $0[path] }), entry.stamp == stamp {
            return entry.tokenizer
        }
        let tokenizer = try Tokenizer(path: path)
        // What changed while being read, or could without a trace, is read again.
        if let stamp, !stamp.isFresh, FileStamp(path) == stamp {
            known.withLock { $0[path] = (stamp, tokenizer) }
        }
        return tokenizer
    }
}
