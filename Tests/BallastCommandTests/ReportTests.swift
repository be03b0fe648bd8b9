import Foundation
import Testing

@Suite("report")
struct ReportTests {
    /// The texts of a folder that hold any of some words.
    private func files(of folder: String, holding words: [String]) throws -> [String] {
        let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap {
            $0 as? String
        }
        return names.filter { name in
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
                return false
            }
            // Tags have words of their own.
            let text = String(decoding: data, as: UTF8.self).replacing(/<[^>]*>/, with: " ")
            return words.contains { word in
                text.ranges(of: word).contains { range in
                    // A host may be called as a part of a word is.
                    let around = [
                        text[..<range.lowerBound].last, text[range.upperBound...].first,
                    ]
                    return word.hasPrefix("/") || around.allSatisfy { !($0?.isLetter ?? false) }
                }
            }
        }.sorted()
    }

    @Test("--share copies run and sweep without the working directory, the home and the host")
    func share() throws {
        let scratch = try Tool.Scratch()
        let run = scratch.path + "/run"
        #expect(
            try Tool.run(
                ["train", scratch.configuration(), "--out", run, "--set", "steps=3"], in: scratch
            ).code == 0)
        let study = try scratch.file(
            "study.yaml",
            """
            name: shared
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8}
              data: {batch: 2, text: [\(scratch.path)/text.txt]}
              steps: 3
              evaluation: {every: 0, batches: 1}
            grid:
              optimizer.learning-rate: [1e-3, 1e-2]
            """)
        let sweep = scratch.path + "/sweep"
        #expect(try Tool.run(["sweep", "run", study, "--out", sweep], in: scratch).code == 0)
        let host = ProcessInfo.processInfo.hostName
        let words = [scratch.path, NSHomeDirectory() + "/", host].filter { $0 != "localhost" }
        for folder in [run, sweep] {
            let outcome = try Tool.run(["report", folder, "--share"], in: scratch)
            #expect(outcome.code == 0, "\(outcome.errors)")
            // The report itself says where it was made, and its copy does not.
            #expect(
                try files(of: folder, holding: words).contains("report.html"), "\(folder)")
            #expect(try files(of: folder + "/share", holding: words) == [], "\(folder)")
            let page = try String(contentsOfFile: folder + "/share/report.html", encoding: .utf8)
            #expect(page.contains("ballast report"))
            #expect(!page.contains("href=\"cells/"))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: sweep + "/share")
        #expect(names.sorted() == ["figures", "report.html", "runs.csv", "summary.json"])
    }

    @Test("--text and --markdown write nothing, so they refuse what asks for files")
    func refuses() throws {
        let scratch = try Tool.Scratch()
        for (kind, option) in [
            ("--text", ["--style", "paper"]), ("--markdown", ["--style", "paper"]),
            ("--text", ["--share"]),
        ] {
            let outcome = try Tool.run(["report", scratch.path, kind] + option, in: scratch)
            #expect(outcome.code == 64)
            #expect(outcome.errors.contains("\(kind) writes nothing"), "\(outcome.errors)")
        }
    }
}
