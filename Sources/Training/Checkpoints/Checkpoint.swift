public import Formats
import Foundation
public import OrderedCollections
public import Tensors

/// All that a run needs to go on: parameters, optimizer state and a few numbers.
///
/// A checkpoint holds no time, no host and no number of threads, so that equal runs have equal files.
public struct Checkpoint: Sendable {
    /// Steps taken.
    public var step: Int
    /// The validation loss before the first step.
    public var initialLoss: Double
    /// The largest attention logit so far; nil before the first step.
    public var largestLogit: Double?
    /// The resolved configuration as YAML.
    public var configuration: String
    /// `parameter/PATH` and `state/SLOT/PATH`.
    public var tensors: ParameterTree

    /// Creates a checkpoint.
    public init(
        step: Int, initialLoss: Double, largestLogit: Double?, configuration: String,
        tensors: ParameterTree
    ) {
        self.step = step
        self.initialLoss = initialLoss
        self.largestLogit = largestLogit
        self.configuration = configuration
        self.tensors = tensors
    }

    private static let format = "ballast-checkpoint-1"

    /// Writes a safetensors file, whole or not at all.
    public func write(to path: String) throws(FormatError) {
        var metadata = [
            "format": Self.format, "step": "\(step)", "initial_loss": "\(initialLoss)",
            "configuration": configuration,
        ]
        if let largestLogit { metadata["largest_attention_logit"] = "\(largestLogit)" }
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    /// Reads a file and checks the digest of each tensor.
    ///
    /// - Throws: ``FormatError`` for a file that is damaged or no checkpoint of ours.
    public init(path: String) throws(FormatError) {
        let file = try SafetensorsFile(path: path)
        func entry(_ name: String) throws(FormatError) -> String {
            guard let value = file.metadata[name] else {
                throw .missing(
                    path: path, name: "metadata entry \(name)",
                    advice: "this safetensors file is not a checkpoint that ballast wrote")
            }
            return value
        }
        func number(_ name: String) throws(FormatError) -> Double {
            let text = try entry(name)
            guard let value = Double(text) else {
                throw .corrupt(
                    path: path, place: "metadata entry \(name)", found: "\"\(text)\"",
                    advice: "delete the file to resume from the checkpoint before it")
            }
            return value
        }
        guard try entry("format") == Self.format else {
            throw .unsupported(
                path: path, place: "metadata entry format", found: "\"\(try entry("format"))\"",
                advice: "this version reads \(Self.format)")
        }
        try file.verifyDigests()
        step = Int(try number("step"))
        initialLoss = try number("initial_loss")
        largestLogit =
            file.metadata["largest_attention_logit"] == nil
            ? nil : try number("largest_attention_logit")
        configuration = try entry("configuration")
        tensors = try file.tensors()
    }
}
