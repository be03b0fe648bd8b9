import ArgumentParser
import Ballast
import Foundation
import Import
import ImportedRuns
import Recipes
import Tokenizers

/// What of a run `ballast export` writes.
enum RunExportFormat: String, CaseIterable {
    /// A folder that `transformers` loads.
    case huggingFace = "huggingface"
    /// Telemetry, a row a step and metric.
    case csv
    /// The same as JSON lines.
    case jsonLines = "jsonl"
}

extension ExportCommand {
    /// Writes weights or telemetry of a run.
    func exportRun(_ format: RunExportFormat) throws {
        switch format {
        case .huggingFace: try exportModel()
        case .csv, .jsonLines: try exportTelemetry(format)
        }
    }

    private func exportModel() throws {
        guard let out else {
            throw ValidationError("--format huggingface writes a folder: give --out FOLDER")
        }
        let folder = RunFolder(from)
        guard folder.exists else { throw RunError.notARun(folder: from, missing: "config.yaml") }
        let steps = try folder.listCheckpoints()
        guard let step = checkpoint ?? steps.last else {
            throw RunError.notARun(folder: from, missing: "checkpoint")
        }
        guard steps.contains(step) else {
            throw ConfigurationError.impossible(
                key: "--checkpoint",
                reason: "\(from) has none of step \(step); there are "
                    + steps.map { "\($0)" }.joined(separator: ", "))
        }
        let configuration = try ConfigurationFile.read(folder.configuration)
        let path = folder.checkpoint(step)
        let tokenizer = try tokenizer(configuration, of: folder)
        let model = try HuggingFaceExport(
            configuration, parameters: Checkpoint(path: path).tensors, tokenizer: tokenizer,
            source: path)
        try model.write(to: out)
        Terminal.line("\(model.family.rawValue) of step \(step) in \(out)")
        if case .unknown = tokenizer {
            Terminal.line(
                "  without a tokenizer: put the tokenizer.json that made the tokens there")
        }
        if !model.folded.isEmpty {
            Terminal.line("  folded into weights: " + model.folded.joined(separator: ", "))
        }
        for note in model.notes { Terminal.line("  " + note) }
        Terminal.line("  AutoModelForCausalLM.from_pretrained(\"\(out)\"); back: ballast import")
    }

    /// The tokenizer that a run was trained with.
    private func tokenizer(
        _ configuration: RunConfiguration, of folder: RunFolder
    ) throws -> TokenizerCopy {
        let name = configuration.data.tokenizer
        guard !name.isEmpty else { return configuration.data.tokens.isEmpty ? .bytes : .unknown }
        let path = HomePath.expanded(name)
        guard FileManager.default.fileExists(atPath: path),
            let tokenizer = try configuration.loadTokenizer(
                of: folder.path, digest: folder.readManifest()?.tokenizerDigest)
        else { return .unknown }
        let end = tokenizer.endOfText.map { token in
            (token, String(decoding: tokenizer.decode([token]), as: UTF8.self))
        }
        return .file([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), endOfText: end)
    }

    private func exportTelemetry(_ format: RunExportFormat) throws {
        let table = TidyTelemetry(try LogReader.runs(at: from))
        let text = format == .csv ? table.csv : table.jsonLines
        guard let out else { return Terminal.write(text) }
        try AtomicFile.write(text, to: out)
        Terminal.line("\(table.count) rows in \(out): run, step, metric, unit, value")
    }
}
