import Foundation
import Recipes
import Training

/// Where configurations and parameters' names that transformers made stand; `make_names.py` writes them.
let oracle = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Oracle"

/// The families of ``oracle``.
let families = ["llama", "mistral", "qwen2", "qwen3", "olmo2", "gemma2", "gpt2", "gpt_neox"]

/// A folder that is removed with the value's last use.
final class Scratch {
    let path = NSTemporaryDirectory() + "recipes-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ contents: String) throws -> String {
        try contents.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
        return path + "/" + name
    }

    /// What Python prints.
    func python(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let (out, err) = (path + "/out.txt", path + "/err.txt")
        for file in [out, err] {
            _ = FileManager.default.createFile(atPath: file, contents: nil)
        }
        process.standardOutput = FileHandle(forWritingAtPath: out)
        process.standardError = FileHandle(forWritingAtPath: err)
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, try String(contentsOfFile: out, encoding: .utf8),
            try String(contentsOfFile: err, encoding: .utf8)
        )
    }
}

/// The message of an error; nil where nothing is thrown.
func message(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}

/// The names of a family's parameters.
func parameterNames(_ family: String) throws -> [String] {
    try String(contentsOfFile: "\(oracle)/\(family).txt", encoding: .utf8).split(separator: "\n")
        .compactMap { $0.split(separator: " ").first.map(String.init) }
}
