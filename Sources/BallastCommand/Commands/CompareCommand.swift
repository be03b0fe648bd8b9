import ArgumentParser
import Ballast
import Foundation

/// `ballast compare`.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two runs: configuration, then figure by figure, or bit by bit.",
        discussion: """
            First what differs in configuration, data and engine, then losses, logits and norms at the last \
            step that both runs recorded; --all adds every tag. With --exact the newest checkpoints are \
            compared tensor by tensor; exit code 2 means that they differ.
            """)

    @Argument(help: "A run's folder or a checkpoint.")
    var first: String

    @Argument(help: "Another.")
    var second: String

    @Flag(help: "Require equal bits.")
    var exact = false

    @Flag(help: "Compare every tag, not just the summary.")
    var all = false

    @OptionGroup var layout: TextOptions

    @Flag(help: "Print one line of JSON; without --exact, of every tag.")
    var json = false

    func validate() throws {
        if all && exact { throw ValidationError("--all is for figures: leave --exact out") }
    }

    func run() throws { try exact ? compareExactly() : compareFigures() }

    private func compareExactly() throws {
        let paths = try [first, second].map(Self.checkpoint)
        let files = try paths.map { path in
            let file = try SafetensorsFile(path: path)
            try file.verifyDigests()
            return file
        }
        let bytes = try paths.map {
            try Data(contentsOf: URL(fileURLWithPath: $0), options: .alwaysMapped)
        }
        let differing = try Self.differences(files[0], files[1])
        let isEqual = bytes[0] == bytes[1]
        if json {
            let report: [String: Any] = [
                "first": paths[0], "second": paths[1], "equal": isEqual,
                "differing_tensors": differing, "tensors": files[0].names.count,
            ]
            let data = try JSONSerialization.data(
                withJSONObject: report, options: [.sortedKeys, .withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else if isEqual {
            print("equal: \(files[0].names.count) tensors, \(bytes[0].count) bytes")
        } else {
            print("different: \(differing.count) of \(files[0].names.count) tensors")
            for name in differing.prefix(10) { print("  \(name)") }
            if differing.isEmpty { print("  the tensors are equal, the metadata is not") }
        }
        if !isEqual { throw ExitCode(2) }
    }

    private static func differences(
        _ a: SafetensorsFile, _ b: SafetensorsFile
    ) throws -> [String] {
        let names = a.names + b.names.filter { a.entry($0) == nil }
        return try names.filter { name in
            guard a.entry(name) != nil, b.entry(name) != nil else { return true }
            return try a.tensor(name) != b.tensor(name)
        }
    }

    /// The newest checkpoint of a run, or the file itself.
    private static func checkpoint(_ path: String) throws -> String {
        if path.hasSuffix(".safetensors") { return path }
        let folder = RunFolder(path)
        guard folder.exists else { throw RunError.notARun(folder: path, missing: "config.yaml") }
        guard let step = folder.checkpointSteps.last else {
            throw RunError.notARun(folder: path, missing: "checkpoint")
        }
        return folder.checkpoint(step)
    }

    private func compareFigures() throws {
        let comparison = try RunComparison(first, second)
        if json { return print(try comparison.json()) }
        print(comparison.text(isWhole: all, columns: layout.columns))
    }
}
