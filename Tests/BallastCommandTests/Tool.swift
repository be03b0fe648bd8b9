import Foundation
import Testing

/// The built tool, run as a person would.
struct Tool {
    /// What a process came to.
    struct Outcome {
        var code: Int32
        var output: String
        var errors: String
    }

    /// A scratch folder with a text and a home of its own; removed with the value's last use.
    final class Scratch {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            try Tool.text(bytes: 300_000).write(
                toFile: path + "/text.txt", atomically: true, encoding: .utf8)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// Writes a file and returns its path.
        func file(_ name: String, _ contents: String) throws -> String {
            try contents.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
            return path + "/" + name
        }

        /// A small configuration on the scratch text.
        func configuration(_ more: String = "") throws -> String {
            try file(
                "config-\(UUID().uuidString).yaml",
                """
                model: {width: 32, depth: 2, context: 32, head-dimension: 16, qk-norm: true}
                optimizer: {learning-rate: 1e-2}
                data: {text: [\(path)/text.txt], batch: 8}
                steps: 60
                evaluation: {every: 20, batches: 2}
                checkpoints: {every: 7}
                \(more)
                """)
        }
    }

    /// Words in an order without a short period.
    static func text(bytes: Int) -> String {
        let words = [
            "the", "ship", "keeps", "its", "weight", "low", "and", "rights", "itself", "at",
            "sea", "wind", "rises", "then", "falls", "again",
        ]
        var state: UInt64 = 1
        var text = ""
        while text.utf8.count < bytes {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += words[Int(state >> 60)] + (state >> 33 & 15 == 0 ? ".\n" : " ")
        }
        return text
    }

    /// The tool stands beside the test bundle.
    static var url: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("ballast")
    }

    /// Starts the tool, or another program.
    static func start(
        _ arguments: [String], of executable: URL = url, in scratch: Scratch,
        environment: [String: String] = [:]
    ) throws -> (Process, output: String, errors: String) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["BALLAST_HOME": scratch.path + "/home"]
        ) { $1 }.merging(environment) { $1 }
        let name = scratch.path + "/" + UUID().uuidString
        for suffix in [".out", ".err"] {
            #expect(FileManager.default.createFile(atPath: name + suffix, contents: nil))
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: name + ".out")
        process.standardError = FileHandle(forWritingAtPath: name + ".err")
        try process.run()
        return (process, name + ".out", name + ".err")
    }

    /// The exit code that a verdict of a JSON stands for; nil for what is none.
    static func exitCode(_ verdict: Any?) -> Int32? {
        ["PASS": 0, "FAIL": 2, "INCONCLUSIVE": 3][verdict as? String ?? ""]
    }

    /// The exit code of the verdict that a text for people begins a line with; nil where none does.
    static func exitCode(printedIn text: String) -> Int32? {
        text.split(separator: "\n").lazy.compactMap { line in
            exitCode(line.split(separator: " ").first.map(String.init))
        }.first
    }

    /// The folders of studies beside their cells, by name.
    static func studies(in out: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: out).sorted()
            .filter { $0.hasPrefix("horizon-") || $0.hasPrefix("permutation-") }
            .map { out + "/" + $0 }
    }

    /// Each link of a page to a file leads to one.
    static func checkLinks(
        _ page: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let text = try String(contentsOfFile: page, encoding: .utf8)
        let folder = URL(fileURLWithPath: page).deletingLastPathComponent().path
        for link in text.matches(of: /href="([^"#]+)"/) {
            #expect(
                FileManager.default.fileExists(atPath: "\(folder)/\(link.1)"), "\(link.1)",
                sourceLocation: sourceLocation)
        }
    }

    /// Runs the tool, or another program, to its end.
    static func run(
        _ arguments: [String], of executable: URL = url, in scratch: Scratch,
        environment: [String: String] = [:]
    ) throws -> Outcome {
        let (process, output, errors) = try start(
            arguments, of: executable, in: scratch, environment: environment)
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }
}
