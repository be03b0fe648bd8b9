import Formats
import Foundation
import Modules
import OrderedCollections
package import Runs
package import Tensors
package import Training

/// A decoder in a folder of Hugging Face's, as weights of a model of Ballast's.
///
/// Llama, Qwen 3 and OLMo 2 with the 256 bytes as tokens; a feature that Ballast's models lack is refused by
/// name, for another model would have other losses.
package struct HuggingFaceImport: Sendable {
    /// Whose class wrote it.
    package let family: DecoderFamily
    /// The model; all else stands at its defaults.
    package let configuration: RunConfiguration
    /// The weights, `parameter/PATH`.
    package let parameters: ParameterTree

    /// Whether a path is that of a folder of Hugging Face's: a `config.json` with a `model_type` and weights.
    package static func isModel(_ path: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard names.contains("config.json"),
            names.contains(where: { $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") }),
            let values = try? SourceFile.json(at: path + "/config.json")
        else { return false }
        return values["model_type"] != nil
    }

    /// Reads a folder.
    ///
    /// - Parameter folder: It holds `config.json` and weights in safetensors, in one file or several.
    /// - Throws: ``Training/ConfigurationError`` that names the field of a feature that there is not, and
    ///   ``Formats/FormatError`` for weights that are missing, damaged, or of another shape.
    package init(_ folder: String) throws {
        let file = folder + "/config.json"
        let reader = DecoderReader(FieldReader(file, try SourceFile.json(at: file)))
        family = try reader.family()
        let model = try reader.model(family)
        var configuration = RunConfiguration()
        configuration.model = model
        try configuration.validate()
        self.configuration = configuration
        parameters = try Self.weights(folder, family, model)
    }

    private static func weights(
        _ folder: String, _ family: DecoderFamily, _ model: ModelConfiguration
    ) throws -> ParameterTree {
        let shapes = Dictionary(
            uniqueKeysWithValues: try ProxyTransformer(model).parameters().map {
                ($0.path, $0.shape)
            })
        let files = try AtomicFile.names(in: folder).sorted()
            .filter { $0.hasSuffix(".safetensors") }
            .map { try SafetensorsFile(path: folder + "/" + $0) }
        guard !files.isEmpty else {
            throw FormatError.missing(
                path: folder, name: "model.safetensors",
                advice: "write the weights with save_pretrained(folder, safe_serialization=True)")
        }
        let names = family.names(of: model)
        var parameters: ParameterTree = [:]
        for (path, name) in names {
            guard let file = files.first(where: { $0.entry(name) != nil }) else {
                throw FormatError.missing(
                    path: folder, name: name,
                    advice: "\(family.architecture) with this config.json has it; write it whole")
            }
            let tensor = try file.tensor(name)
            guard tensor.shape == shapes[path] else {
                throw FormatError.corrupt(
                    path: file.path, place: "tensor '\(name)'", found: "shape \(tensor.shape)",
                    advice: "config.json asks for " + (shapes[path].map { "\($0)" } ?? "none"))
            }
            parameters["parameter/" + path] =
                tensor.elementType == .f32
                ? tensor
                : Tensor(rounding: tensor.doubles, shape: tensor.shape, elementType: .f32)
        }
        let known = Set(names.map(\.name))
        for file in files {
            // A tied head may be stored twice, and rotary wavelengths are no weights.
            let others = file.names.filter { name in
                !known.contains(name) && !(model.tiedHead && name == "lm_head.weight")
                    && !name.hasSuffix(".rotary_emb.inv_freq")
            }
            guard let other = others.first else { continue }
            throw FormatError.unsupported(
                path: file.path, place: "tensor '\(other)'",
                found: "a parameter that Ballast's models lack",
                advice: "only \(family.architecture) without biases and adapters is supported")
        }
        return parameters
    }

    /// Writes a run's folder: its configuration and a checkpoint at step 0.
    ///
    /// - Parameter folder: It holds no run yet.
    /// - Throws: ``Training/ConfigurationError`` where it does, and what the file system refuses.
    package func write(to folder: RunFolder) throws {
        guard !folder.exists, !folder.isDone, folder.checkpointSteps.isEmpty else {
            throw ConfigurationError.impossible(
                key: "--out", reason: "\(folder.path) holds a run already; choose another folder")
        }
        let text = ConfigurationFile.text(of: configuration)
        try FileManager.default.createDirectory(
            atPath: folder.checkpoints, withIntermediateDirectories: true)
        try Checkpoint(
            step: 0, initialLoss: .nan, largestLogit: nil, configuration: text, tensors: parameters
        ).write(to: folder.checkpoint(0))
        // Written last: the folder is whole.
        try AtomicFile.write(text, to: folder.configuration)
    }
}
