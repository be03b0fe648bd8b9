import Foundation
import Synchronization
import Tokenizers

extension TextSource {
    /// SHA-256 of the text in hexadecimal, as `sha256sum` gives for a single uncompressed file; with a
    /// tokenizer, of its digest and the text's; of files of tokens, of the tokens.
    ///
    /// It depends on the bytes alone: not on the names of files, the working directory, or whether they are
    /// compressed. A process reads each text once, as long as device, inode, size and times of its files
    /// stay.
    ///
    /// - Returns: 64 digits.
    /// - Throws: An error that names what is wrong with the text.
    public func digest() throws(DatasetError) -> String {
        let stamps = try inputs().map { FileStamp($0) }
        if let known = DigestCache.shared.value(of: self), known.stamps == stamps {
            return known.digest
        }
        let digest = try contentsDigest()
        // What changed while being read, or could without a trace, is read again.
        let isSettled = !stamps.contains { $0?.isFresh ?? true }
        if isSettled, try inputs().map({ FileStamp($0) }) == stamps {
            DigestCache.shared.remember(digest, stamps, of: self)
        }
        return digest
    }

    private func contentsDigest() throws(DatasetError) -> String {
        if !tokens.isEmpty { return try TokenStream(files()).digest }
        let text = try read().digest
        guard let tokenizer = try loadTokenizer() else { return text }
        return Self.digest(ofText: text, tokenizer: tokenizer.digest)
    }

    /// All files that the digest depends on.
    private func inputs() throws(DatasetError) -> [String] {
        var inputs = try files()
        if !tokens.isEmpty { inputs += inputs.map(MegatronIndex.path(of:)) }
        if !tokenizer.isEmpty { inputs.append(tokenizer) }
        return inputs
    }

    /// The digest, taken from this process' memory if it was known a moment ago: for a command that asks for
    /// each cell of a grid.
    ///
    /// - Returns: 64 digits; nil for a text that cannot be read, which training then says.
    public var recentDigest: String? {
        DigestCache.shared.recentValue(of: self)
            ?? {
                guard let digest = try? digest() else { return nil }
                DigestCache.shared.note(digest, of: self)
                return digest
            }()
    }
}

/// The digests that this process knows.
private final class DigestCache: Sendable {
    static let shared = DigestCache()

    struct Entry: Sendable {
        var digest: String
        var stamps: [FileStamp?]
    }

    private struct State {
        var known: [TextSource: Entry] = [:]
        var recent: [TextSource: (digest: String, time: ContinuousClock.Instant)] = [:]
    }

    private let state = Mutex(State())

    func value(of source: TextSource) -> Entry? { state.withLock { $0.known[source] } }

    func remember(_ digest: String, _ stamps: [FileStamp?], of source: TextSource) {
        state.withLock { $0.known[source] = Entry(digest: digest, stamps: stamps) }
    }

    func recentValue(of source: TextSource) -> String? {
        state.withLock { state in
            guard let recent = state.recent[source], ContinuousClock.now - recent.time < .seconds(1)
            else { return nil }
            return recent.digest
        }
    }

    func note(_ digest: String, of source: TextSource) {
        state.withLock { $0.recent[source] = (digest, .now) }
    }
}
