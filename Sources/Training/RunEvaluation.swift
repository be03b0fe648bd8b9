import Datasets
package import Engines
import Foundation
import Modules
import Runs
import Statistics
package import Tensors
package import Tokenizers

/// The loss of a run's weights on held-out text.
package struct RunEvaluation: Sendable, Encodable {
    /// What the JSON is.
    package let schema = "ballast.evaluation/1"
    /// The run's folder, or the checkpoint.
    package let run: String
    /// The checkpoint whose weights they are.
    package let checkpoint: String
    /// The steps that it has taken.
    package let step: Int
    /// What was read: the run's own held-out text, or all of another.
    package let text: [String]
    /// Whether the text is the run's own, of which the part that was held out is read.
    package let isOwnText: Bool
    /// The mean cross-entropy in nats per token.
    package let loss: Double
    /// Of the mean, from the batches; nil for a single one.
    package let standardError: Double?
    /// The loss in bits for each byte of the text; nil where no tokenizer says how many a token is.
    package let bitsPerByte: Double?
    /// The tokens that were predicted.
    package let tokens: Int
    /// The tokens that there are.
    package let tokensThere: Int

    /// Tokens of the first batch and what the model says after each.
    package let first: (tokens: Tensor, logits: Tensor)

    private enum CodingKeys: String, CodingKey {
        case schema, run, checkpoint, step, text, isOwnText, loss, standardError, bitsPerByte
        case tokens, tokensThere
    }

    /// Tokens of another text beyond which not all are read, unless asked for.
    private static let enough = 1_000_000

    /// What is evaluated: weights and the configuration that they are of.
    private struct Subject {
        var checkpoint: Checkpoint
        var path: String
        var configuration: RunConfiguration
        /// The digest of the text that it was trained on; nil where that is not known.
        var textDigest: String?
        /// The digest of its tokenizer; nil without one, or where that is not known.
        var tokenizerDigest: String?
        var hasOwnText: Bool { textDigest != nil }
    }

    /// Measures.
    ///
    /// - Parameters:
    ///   - path: A run's folder, or a checkpoint.
    ///   - checkpoint: A step, or a path; nil for the newest.
    ///   - text: Files, folders, globs, names of corpora, of which all is read; empty for what the run held
    ///     out.
    ///   - batches: How many batches; nil for the run's own number, and for about a million tokens of another
    ///     text.
    ///   - engine: What computes.
    /// - Throws: What is wrong with folder, checkpoint or text, each with its next step.
    package init(
        _ path: String, checkpoint: String?, text: [String], batches: Int?, on engine: any Engine
    ) throws {
        let subject = try Self.subject(path, checkpoint)
        guard subject.hasOwnText || !text.isEmpty else {
            throw ConfigurationError.impossible(
                key: "--text",
                reason: "\(path) does not say on what text it was trained; give --text FILE")
        }
        var configuration = subject.configuration
        try configuration.validate()
        try configuration.requireByteTokens()
        if !text.isEmpty {
            guard configuration.data.tokens.isEmpty || !configuration.data.tokenizer.isEmpty else {
                throw DatasetError.noTokenizer
            }
            (configuration.data.text, configuration.data.tokens) = (text, [])
        }
        let (source, tokensPerByte) = try Self.source(
            configuration, of: text.isEmpty ? subject.textDigest : nil,
            tokenizer: subject.tokenizerDigest, in: path)
        let perBatch = configuration.data.batch * configuration.model.context
        let room = source.validation.count - 1
        let count =
            batches
            ?? (text.isEmpty
                ? configuration.evaluation.batches
                : max(1, min(room, Self.enough) / max(perBatch, 1)))
        configuration.evaluation.batches = count
        let evaluator = try Evaluator(configuration, batches: source, engine: engine)
        let losses = try evaluator.losses(subject.checkpoint.tensors)
        // As training sums them, so that its last loss comes out to the bit.
        var sum = 0.0
        for loss in losses { sum += loss }
        loss = sum / Double(losses.count)
        first = try evaluator.firstLogits(subject.checkpoint.tensors)
        standardError =
            Descriptive.standardDeviation(of: losses).map { $0 / Double(losses.count).squareRoot() }
        let bits = loss / log(2)
        bitsPerByte = tokensPerByte.map { bits * $0 }
        run = path
        self.checkpoint = subject.path
        step = subject.checkpoint.step
        self.text = configuration.dataNames
        isOwnText = text.isEmpty
        tokens = count * perBatch
        tokensThere = source.validation.count
    }

    private static func subject(_ path: String, _ checkpoint: String?) throws -> Subject {
        if path.hasSuffix(".safetensors") {
            let file = try Checkpoint(path: path)
            return Subject(
                checkpoint: file, path: path,
                configuration: try file.resolvedConfiguration(at: path), textDigest: nil,
                tokenizerDigest: nil)
        }
        let folder = RunFolder(path)
        guard folder.exists else { throw RunError.notARun(folder: path, missing: "config.yaml") }
        let file: String
        if let checkpoint, let step = Int(checkpoint), step >= 0 {
            let steps = try folder.listCheckpoints()
            guard steps.contains(step) else {
                throw ConfigurationError.impossible(
                    key: "--checkpoint",
                    reason: "\(path) has none of step \(step); there are "
                        + (steps.isEmpty
                            ? "none" : steps.map { "\($0)" }.joined(separator: ", ")))
            }
            file = folder.checkpoint(step)
        } else if let checkpoint {
            file = checkpoint
        } else if let newest = try folder.listCheckpoints().last {
            file = folder.checkpoint(newest)
        } else {
            throw RunError.notARun(folder: path, missing: "checkpoint")
        }
        let manifest = try folder.readManifest()
        return Subject(
            checkpoint: try Checkpoint(path: file), path: file,
            configuration: try ConfigurationFile.read(folder.configuration),
            textDigest: manifest?.textDigest, tokenizerDigest: manifest?.tokenizerDigest)
    }

    /// The run's own batches, of the text with this digest, or without one those of all of a text; and tokens
    /// for each byte of it.
    private static func source(
        _ configuration: RunConfiguration, of digest: String?, tokenizer tokenizerDigest: String?,
        in run: String
    ) throws -> (batches: BatchSource, tokensPerByte: Double?) {
        if let digest {
            let cache = try TokenCache(
                configuration.textSource, vocabulary: configuration.model.vocabulary)
            guard cache.digest == digest else {
                let names = configuration.dataNames.joined(separator: ", ")
                throw ConfigurationError.impossible(
                    key: configuration.data.tokens.isEmpty ? "data.text" : "data.tokens",
                    reason: "[\(names)] has SHA-256 \(cache.digest.prefix(16)), and \(run) was "
                        + "trained on \(digest.prefix(16)): what it held out is not known; restore the "
                        + "text, or give --text FILE")
            }
            return (try configuration.batches(of: cache), cache.tokensPerByte)
        }
        var bytes: [UInt8] = []
        _ = try configuration.textSource.read { bytes += $0 }
        let context = configuration.model.context
        let tokenizer = try configuration.loadTokenizer(of: run, digest: tokenizerDigest)
        if let tokenizer, tokenizer.vocabularySize > configuration.model.vocabulary {
            throw DatasetError.vocabularyBelow(
                vocabulary: configuration.model.vocabulary, needed: tokenizer.vocabularySize,
                path: configuration.data.tokenizer)
        }
        let tokens = tokenizer.map { Tokens(ids: $0.encode(bytes)) } ?? Tokens(bytes)
        guard tokens.count > context else {
            throw DatasetError.tooShort(part: .validation, tokens: tokens.count, context: context)
        }
        let batches = try BatchSource(
            training: tokens, validation: tokens, context: context,
            batch: configuration.data.batch, dataSeed: 0)
        return (batches, Double(tokens.count) / Double(bytes.count))
    }
}

extension RunConfiguration {
    /// The tokenizer of a run, which is the one that it was trained with; nil where none is named.
    ///
    /// - Parameters:
    ///   - run: The run's folder, for the error.
    ///   - digest: SHA-256 of the tokenizer that it was trained with; nil where that is not known.
    /// - Returns: The tokenizer.
    /// - Throws: ``ConfigurationError`` where the file is another one now, and what reading it throws.
    package func loadTokenizer(of run: String, digest: String?) throws -> Tokenizer? {
        guard let tokenizer = try textSource.loadTokenizer() else { return nil }
        guard let digest, tokenizer.digest != digest else { return tokenizer }
        throw ConfigurationError.impossible(
            key: "data.tokenizer",
            reason: "\(data.tokenizer) has SHA-256 \(tokenizer.digest.prefix(16)), "
                + "and \(run) was trained with \(digest.prefix(16)); restore the file")
    }
}
