import Digests
import Formats
import Foundation
import Tokenizers

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
/// A vocabulary smaller than ``ByteTokenizer/vocabulary`` is accepted if the text needs no more. A text with a
/// tokenizer is cut where one of bytes is, part by part, and the file stands under the digest of both.
public struct TokenCache: Sendable {
    /// SHA-256 of the text in hexadecimal, as `sha256sum` gives for a single uncompressed file.
    public let digest: String
    /// What is trained on.
    public let training: Tokens
    /// What is kept for measuring.
    public let validation: Tokens
    /// The bytes of the text that ``validation`` spells; nil where no tokenizer says it.
    public let validationBytes: Int?
    /// SHA-256 of the tokenizer's file; nil without a tokenizer.
    public let tokenizerDigest: String?
    /// Tokens of ``validation`` for each byte that they spell; nil where no tokenizer says it.
    public var tokensPerByte: Double? {
        validationBytes.flatMap { $0 > 0 ? Double(validation.count) / Double($0) : nil }
    }
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
        let tokenizer = try source.loadTokenizer()
        if let tokenizer, tokenizer.vocabularySize > vocabulary {
            throw .vocabularyBelow(
                vocabulary: vocabulary, needed: tokenizer.vocabularySize, path: source.tokenizer)
        }
        if !source.tokens.isEmpty {
            let stream = try TokenStream(source.files())
            guard stream.largest < vocabulary else {
                throw .vocabularyBelow(
                    vocabulary: vocabulary, needed: Int(stream.largest) + 1,
                    path: stream.largestPath)
            }
            self = try Self(source, stream.digest, width: stream.row.width, tokenizer) {
                ValidationSplit.cut(stream.row.bytes, unit: stream.row.width)
            }
            return
        }
        if let tokenizer {
            self = try Self(source, tokenizer)
            return
        }
        let survey = try source.read()
        guard survey.largest < vocabulary else {
            throw .vocabularyTooSmall(
                vocabulary: vocabulary, byte: survey.largest, path: survey.largestPath,
                offset: survey.largestOffset)
        }
        self = try Self(source, survey.digest, width: 1, nil) { () throws(DatasetError) in
            ValidationSplit.cut(try source.text(survey))
        }
    }

    /// Reads the tokens that were kept under a digest, or makes and keeps them.
    ///
    /// - Parameters:
    ///   - source: Where they come from.
    ///   - digest: Of what they are made of.
    ///   - width: The bytes of a token.
    ///   - tokenizer: What says how many bytes each spells; nil for a token for each byte.
    ///   - make: Makes the bytes of both parts.
    /// - Throws: What `make` throws.
    private init(
        _ source: TextSource, _ digest: String, width: Int, _ tokenizer: Tokenizer?,
        _ make: () throws(DatasetError) -> (training: [UInt8], validation: [UInt8])
    ) throws(DatasetError) {
        self.digest = digest
        tokenizerDigest = tokenizer?.digest
        let version = source.isBytes ? TokenFile.version : "v1-tokens\(width)-split1"
        let path = "\(source.home)/cache/\(digest).\(version).tokens"
        var file = TokenFile(path, digest: digest, width: width)
        let tokens: (training: Tokens, validation: Tokens)
        if let file {
            tokens = (file.training, file.validation)
        } else {
            let made = try make()
            TokenFile.write(made.training, made.validation, digest: digest, to: path)
            file = TokenFile(path, digest: digest, width: width)
            tokens =
                file.map { ($0.training, $0.validation) }
                ?? (
                    Tokens(data: Data(made.training), width: width),
                    Tokens(data: Data(made.validation), width: width)
                )
        }
        (training, validation) = tokens
        self.path = file == nil ? nil : path
        validationBytes =
            source.isBytes
            ? tokens.validation.count
            : tokenizer.map { tokenizer in
                (0..<tokens.validation.count).reduce(0) {
                    $0 + tokenizer.length(of: tokens.validation[$1])
                }
            }
    }

    /// Cuts a text as one of bytes is cut, so that losses are of the same bytes, and encodes both parts.
    private init(_ source: TextSource, _ tokenizer: Tokenizer) throws(DatasetError) {
        let survey = try source.read()
        let width = tokenizer.vocabularySize <= 1 << 16 ? 2 : 4
        try self.init(
            source, TextSource.digest(ofText: survey.digest, tokenizer: tokenizer.digest),
            width: width, tokenizer
        ) { () throws(DatasetError) in
            let text = ValidationSplit.cut(try source.text(survey))
            var encoder = Encoder(tokenizer)
            return (
                Tokens.bytes(of: encoder.encode(text.training), width: width),
                Tokens.bytes(of: encoder.encode(text.validation), width: width)
            )
        }
    }
}

/// The file that a ``TokenCache`` keeps.
///
/// ```
/// bytes  0..<16   "ballast tokens 1"
/// bytes 16..<24   bytes of the training tokens, little-endian
/// bytes 24..<32   bytes of the validation tokens, little-endian
/// bytes 32..<64   SHA-256 of the text's digest, bytes 0..<32 and the tokens
/// bytes 64...     the training tokens, then the validation tokens
/// ```
struct TokenFile {
    /// Stands in the file's name: the layout, the tokenizer and the cut, each with its version.
    static let version = "v1-byte-split1"
    private static let magic = Array("ballast tokens 1".utf8)
    private static let headerSize = 64

    let training: Tokens
    let validation: Tokens

    /// Maps and checks a file; nil if it is not there, or not what was written for this text.
    init?(_ path: String, digest: String, width: Int) {
        guard let data = Self.contents(path), data.count >= Self.headerSize,
            data.starts(with: Self.magic)
        else { return nil }
        let training = Self.number(data[16..<24])
        let validation = Self.number(data[24..<32])
        let sum = training.addingReportingOverflow(validation)
        guard !sum.overflow, sum.partialValue == UInt64(data.count - Self.headerSize),
            training % UInt64(width) == 0, validation % UInt64(width) == 0
        else { return nil }
        var hash = SHA256()
        hash.update(digest)
        hash.update(data[..<32].bytes)
        hash.update(data[Self.headerSize...].bytes)
        guard hash.finalize().bytes.elementsEqual(data[32..<64]) else { return nil }
        let boundary = Self.headerSize + Int(training)
        self.training = Tokens(data: data[Self.headerSize..<boundary], width: width)
        self.validation = Tokens(data: data[boundary...], width: width)
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
