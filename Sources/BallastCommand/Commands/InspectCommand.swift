import ArgumentParser
import Ballast
import Foundation
import Inspection

/// `ballast inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Norms, spectra and ranges of the tensors in a checkpoint from any tool.",
        usage: "ballast inspect <paths> ... [<options>]",
        discussion: """
            Reads safetensors (a file, the shards of an index, a folder), what torch.save writes, .npz and \
            .npy. Roles come from names and config.json; bounds on attention logits need its number of \
            heads. Nothing in a file is executed, and no file is changed.
            """)

    @Argument(help: "A checkpoint: a file, an index of shards, a folder, or a run's folder.")
    var paths: [String]

    @Flag(
        help: "One pass over the elements only: no spectral norms, no attention logits.")
    var normsOnly = false

    @Flag(help: "Full spectra by a decomposition in double; slow, eight bytes per element.")
    var exact = false

    @Flag(help: "Checkpoints of one run: how each tensor grows, when it leaves a number format.")
    var series = false

    @Option(help: "The peak learning rate it was trained with, for AdamW's steady state.")
    var learningRate: Double?

    @Option(help: "The weight decay, in PyTorch's form, which the learning rate multiplies.")
    var weightDecay: Double?

    @Option(help: "Number of threads; results do not depend on it.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(
        help: ArgumentHelp(
            "Also write a page with heat maps over blocks and parts, its figures and tables, to this folder.",
            valueName: "folder"))
    var out: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print a table in CSV, one row per tensor.")
    var csv = false

    func validate() throws {
        if paths.isEmpty { throw ValidationError("give a checkpoint") }
        if normsOnly, exact {
            throw ValidationError("--exact asks for spectra, --norms-only for none")
        }
        if series, paths.count < 2 {
            throw ValidationError("--series needs two checkpoints or more")
        }
        if series, csv { throw ValidationError("--series prints a table or --json") }
        if out != nil, paths.count > 1, !series {
            throw ValidationError(
                "--out writes the page of one checkpoint, or with --series that of several of a run"
            )
        }
        if json, csv { throw ValidationError("--json or --csv, not both") }
        if threads < 1 { throw ValidationError("--threads \(threads): must be at least 1") }
        let rates = [("--learning-rate", learningRate), ("--weight-decay", weightDecay)]
        for case (let name, let value?) in rates where !(value > 0 && value.isFinite) {
            throw ValidationError("\(name) \(value): must be a number above 0")
        }
    }

    func run() throws {
        let instructions = try EngineChoice.instructionSet().rawValue
        let inspectors = try paths.map { path in
            var inspector = try CheckpointInspector(
                path: path, depth: normsOnly ? .normsOnly : exact ? .exactSpectra : .spectra,
                threads: threads, instructionSet: instructions)
            inspector.facts.learningRate = learningRate ?? inspector.facts.learningRate
            inspector.facts.weightDecay = weightDecay ?? inspector.facts.weightDecay
            return inspector
        }
        if series {
            let series = try CheckpointSeries(inspectors)
            Terminal.write(json ? try series.json() + "\n" : series.text(columns: Terminal.columns))
            try write(
                series.document(origin: .ofThisCommand()),
                ["series.json": series.json() + "\n"].merging(files(series.newest)) { $1 })
            return
        }
        for inspector in inspectors {
            let inspection = try inspector.inspect()
            if json {
                Terminal.line(try inspection.json())
            } else if csv {
                Terminal.write(inspection.table.text)
            } else {
                Terminal.write(inspection.text(columns: Terminal.columns))
            }
            try write(inspection.document(origin: .ofThisCommand()), files(inspection))
        }
    }

    /// What stands beside the page of a checkpoint.
    private func files(_ inspection: CheckpointInspection?) throws -> [String: String] {
        guard out != nil, let inspection else { return [:] }
        return [
            "inspection.json": try inspection.json() + "\n", "tensors.csv": inspection.table.text,
        ]
    }

    /// Writes a page and what stands beside it, where one is asked for; says where on standard error.
    private func write(_ document: @autoclosure () -> Document, _ files: [String: String]) throws {
        guard let out else { return }
        let (bundle, python) = ReportCommand.drawingTools
        let written = try document().write(to: out, vegaBundle: bundle, python: python)
        for (name, text) in files { try AtomicFile.write(text, to: "\(out)/\(name)") }
        for line in written where line.hasSuffix(".html") || line.hasPrefix("note: ") {
            Terminal.printError(line)
        }
    }
}
