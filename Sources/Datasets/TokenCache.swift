import Digests
import Formats
import Foundation

/// The tokens of a text, cut for training and validation and kept in a file that processes share.
///
/// ```swift
/// let tokens = try TokenCache(TextSource(["gcide"]))
/// let batches = try BatchSource(tokens, context: 256, batch: 16, dataSeed: 0)
/// ```
///
/// The file stands in `cache/` of the source's home under the SHA-256 of the text. It is written whole
/// or not at all and then only read; those that make it at the same time make the same file. Above 64 MiB it is
/// mapped, so that any number of processes share one copy in memory; below, each reads its own, which nothing
/// that happens to the file can reach. A file that is cut short or damaged is made again. Where no file can be
/// written the tokens are held in memory, and are the same.
///
/// Opening reads the text and the file whole to check them, 0.1 seconds for 40 MB. Times and sizes of
/// files are not trusted in place of their bytes.
///
/// A vocabulary smaller than ``ByteTokenizer/vocabulary`` is accepted if the text needs no more.
public struct TokenCache: Sendable {
    /// SHA-256 of the text in hexadecimal, as `sha256sum` gives for a single uncompressed file.
    public let digest: String
    /// What is trained on.
    public let training: Tokens
    /// What is kept for measuring.
    public let validation: Tokens
    /// The file, or nil if none could be written.
    public let path: String?

    /// Reads a text, and its tokens if they were kept before.
    ///
    /// - Parameters:
    ///   - source: The text.
    ///   - vocabulary: The number of tokens that the model knows.
    /// - Throws: An error that names what is wrong with the text.
    public init(
        _ source: TextSource, vocabulary: Int = ByteTokenizer.vocabulary
    ) throws(DatasetError) {
        let survey = try source.read()
        guard survey.largest < vocabulary else {
            throw .vocabularyTooSmall(
                vocabulary: vocabulary, byte: survey.largest, path: survey.largestPath,
                offset: survey.largestOffset)
        }
        digest = survey.digest
        let path = "\(source.home)/cache/\(survey.digest).\(TokenFile.version).tokens"
        if let file = TokenFile(path, digest: survey.digest) {
            (training, validation, self.path) = (file.training, file.validation, path)
            return
        }
        var text: [UInt8] = []
        text.reserveCapacity(survey.count)
        guard try source.read({ text += $0 }) == survey else {
            throw .changedWhileRead(sources: source.names)
        }
        let (training, validation) = ValidationSplit.cut(text)
        TokenFile.write(training, validation, digest: survey.digest, to: path)
        if let file = TokenFile(path, digest: survey.digest) {
            (self.training, self.validation, self.path) = (file.training, file.validation, path)
        } else {
            (self.training, self.validation) = (Tokens(training), Tokens(validation))
            self.path = nil
        }
    }
}

/// The file that a ``TokenCache`` keeps.
///
/// ```
/// bytes  0..<16   "ballast tokens 1"
/// bytes 16..<24   training tokens, little-endian
/// bytes 24..<32   validation tokens, little-endian
/// bytes 32..<64   SHA-256 of the text's digest, bytes 0..<32 and the tokens
/// bytes 64...     the training tokens, then the validation tokens, one byte each
/// ```
struct TokenFile {
    /// Stands in the file's name: the layout, the tokenizer and the cut, each with its version.
    static let version = "v1-byte-split1"
    private static let magic = Array("ballast tokens 1".utf8)
    private static let headerSize = 64

    let training: Tokens
    let validation: Tokens

    /// Maps and checks a file; nil if it is not there, or not what was written for this text.
    init?(_ path: String, digest: String) {
        guard let data = Self.contents(path), data.count >= Self.headerSize,
            data.starts(with: Self.magic)
        else { return nil }
        let training = Self.number(data[16..<24])
        let validation = Self.number(data[24..<32])
        let sum = training.addingReportingOverflow(validation)
        guard !sum.overflow, sum.partialValue == UInt64(data.count - Self.headerSize) else {
            return nil
        }
        var hash = SHA256()
        hash.update(digest)
        hash.update(data[..<32].bytes)
        hash.update(data[Self.headerSize...].bytes)
        guard hash.finalize().bytes.elementsEqual(data[32..<64]) else { return nil }
        let boundary = Self.headerSize + Int(training)
        self.training = Tokens(data: data[Self.headerSize..<boundary])
        self.validation = Tokens(data: data[boundary...])
    }

    /// The largest file that is read rather than mapped.
    private static let largestRead = 1 << 26

    private static func contents(_ path: String) -> Data? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int else { return nil }
        let options: Data.ReadingOptions = size > largestRead ? .alwaysMapped : []
        return try? Data(contentsOf: URL(fileURLWithPath: path), options: options)
    }

    /// Writes a file, or leaves none: the caller reads it back.
    static func write(_ training: [UInt8], _ validation: [UInt8], digest: String, to path: String) {
        var header = magic
        for count in [training.count, validation.count] {
            header += (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        }
        var hash = SHA256()
        hash.update(digest)
        hash.update(header)
        hash.update(training)
        hash.update(validation)
        header += hash.finalize().bytes
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? AtomicFile.write(chunks: [header, training, validation], to: path)
    }

    private static func number(_ bytes: Data) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
