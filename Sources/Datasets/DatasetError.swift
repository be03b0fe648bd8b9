public import Formats

/// Why there is nothing to train on, and what to do next.
public enum DatasetError: Error, Sendable, Hashable {
    /// The list of sources is empty.
    case noSource
    /// Nothing stands at a path.
    case noSuchFile(path: String)
    /// A pattern matches no file.
    case noMatch(pattern: String)
    /// A folder holds no file, at any depth.
    case noFiles(folder: String)
    /// A named corpus has not been fetched.
    case missingCorpus(name: String, path: String)
    /// All files together hold no byte.
    case emptyText(sources: [String])
    /// A file holds a zero byte; `offset` counts in the expanded contents of a compressed file.
    case nulByte(path: String, offset: Int)
    /// A file or folder could not be read, or is damaged.
    case unreadable(FormatError)
    /// A file was written to while it was being read.
    case changedWhileRead(sources: [String])
    /// A part of the text does not hold one sequence.
    case tooShort(part: Part, tokens: Int, context: Int)
    /// The vocabulary has no token for a byte of the text: the largest one, where it first stands.
    case vocabularyTooSmall(vocabulary: Int, byte: UInt8, path: String, offset: Int)
    /// The vocabulary is smaller than what a tokenizer or a file of tokens needs.
    case vocabularyBelow(vocabulary: Int, needed: Int, path: String)
    /// What is to be read as text was trained on as tokens of a tokenizer that is not named.
    case noTokenizer

    /// One of the two parts that a text is cut into.
    public enum Part: String, Sendable, Hashable {
        /// What is trained on.
        case training
        /// What is kept for measuring.
        case validation
    }
}

extension DatasetError: CustomStringConvertible {
    /// The file, what was found there, and the next step.
    public var description: String {
        switch self {
        case .noSource:
            "no text to train on: name files, folders, patterns or a corpus "
                + "(\(TextSource.corpora.joined(separator: ", ")))"
        case .noSuchFile(let path):
            "\(path): no such file or folder; the named corpora are: "
                + TextSource.corpora.joined(separator: ", ")
        case .noMatch(let pattern):
            "\(pattern): no file matches; * stands for any part of a name, ** for any folders"
        case .noFiles(let folder):
            "\(folder): no file in this folder, hidden ones aside"
        case .missingCorpus(let name, let path):
            "\(name): \(path) is missing; fetch it with scripts/setup.sh, or set "
                + "BALLAST_HOME to the folder that has it"
        case .emptyText(let sources):
            "\(sources.joined(separator: ", ")): the text is empty"
        case .nulByte(let path, let offset):
            "\(path): byte \(offset) is NUL; this is not text"
        case .unreadable(let error):
            error.description
        case .changedWhileRead(let sources):
            "\(sources.joined(separator: ", ")): changed while being read; run the same command again"
        case .tooShort(let part, let tokens, let context):
            "the \(part.rawValue) text has \(tokens) tokens and a sequence needs \(context + 1); "
                + "use more text or a shorter context"
        case .vocabularyBelow(let vocabulary, let needed, let path):
            "\(path) needs a vocabulary of \(needed), and model.vocabulary is \(vocabulary); set it "
                + "to \(needed) or more"
        case .noTokenizer:
            "the run was trained on data.tokens, and no tokenizer is named that makes such tokens of "
                + "text; set data.tokenizer"
        case .vocabularyTooSmall(let vocabulary, let byte, let path, let offset):
            "a vocabulary of \(vocabulary) has no token for byte \(byte), at \(offset) of \(path); "
                + "it needs \(Int(byte) + 1), and 256 fits every text"
        }
    }
}
