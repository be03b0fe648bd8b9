import Foundation
package import Training

/// What is exported: a recipe, or what `ballast prescribe` wrote.
package struct ExportSource: Sendable {
    /// The configuration at the model's width and depth.
    package let configuration: RunConfiguration
    /// What the model has and no proxy; nil where no file says.
    package let target: TargetModel?
    /// How far the learning rate was tested.
    package let status: String
    /// Whether proxies validate it at this size.
    package let isValidated: Bool

    /// What an export needs of `prescription.json`.
    private struct Prescription: Decodable {
        struct LearningRate: Decodable {
            var status: String
            var isValidated: Bool
        }

        var verdict: String
        var target: String
        var learningRate: LearningRate
    }

    /// Reads a recipe, or a folder or file of `ballast prescribe`.
    ///
    /// - Parameters:
    ///   - path: A configuration in YAML, `OUT/TARGET`, `OUT` where it holds one target, or the
    ///     `prescription.yaml` in it.
    ///   - overrides: `optimizer.learning-rate=3e-3`, applied in order.
    /// - Throws: ``Training/ConfigurationError`` that names the file and what to do.
    package init(_ path: String, overrides: [String] = []) throws(ConfigurationError) {
        let file = try Self.file(path)
        configuration = try ConfigurationFile.read(file, overrides: overrides)
        target = try ConfigurationFile.target(at: file)
        let beside = URL(fileURLWithPath: file).deletingLastPathComponent()
            .appendingPathComponent("prescription.json").path
        guard file.hasSuffix("prescription.yaml"), FileManager.default.fileExists(atPath: beside)
        else {
            status = "the recipe's own, tested by no proxy; ballast prescribe tests it"
            isValidated = false
            return
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let text = try SourceFile.text(at: beside)
        guard let known = try? decoder.decode(Prescription.self, from: Data(text.utf8)) else {
            throw .malformed(
                source: beside, key: "learning_rate",
                reason: "is not what ballast prescribe writes; run it again")
        }
        status = "\(known.learningRate.status); verdict \(known.verdict) for \(known.target)"
        isValidated = known.learningRate.isValidated
    }

    /// The configuration that a path means.
    private static func file(_ path: String) throws(ConfigurationError) -> String {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else { return path }
        let name = "prescription.yaml"
        if FileManager.default.fileExists(atPath: path + "/" + name) { return path + "/" + name }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let found = entries.sorted().map { "\(path)/\($0)/\(name)" }
            .filter { FileManager.default.fileExists(atPath: $0) }
        guard found.count != 1, let first = found.first else {
            if let only = found.first { return only }
            throw .unreadable(
                file: path,
                reason: "holds no \(name): ballast prescribe writes one where there is a learning "
                    + "rate to prescribe; give a recipe, or its OUT")
        }
        throw .unreadable(
            file: path,
            reason: "holds \(found.count) prescriptions; give one of them, as \(first)")
    }
}
