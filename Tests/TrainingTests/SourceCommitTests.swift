import Foundation
import Runs
import Testing

@Suite("the commit of the sources, as the place of a program tells it")
struct SourceCommitTests {
    private let hash = "0123456789abcdef0123456789abcdef01234567"

    /// A folder with files, gone after the body.
    private func withFiles(_ files: [String: String], _ body: (String) -> Void) throws {
        let root = NSTemporaryDirectory() + "ballast-commit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        for (name, text) in files {
            let url = URL(fileURLWithPath: root + "/" + name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        body(root)
    }

    @Test func anInstalledProgramHasItInItsPrefix() throws {
        try withFiles(["share/ballast/commit": hash + "\n"]) { root in
            #expect(SourceCommit.of(executable: root + "/bin/ballast") == "0123456789ab")
        }
    }

    @Test(arguments: ["loose", "packed", "detached"])
    func aBuiltOneTakesThatOfItsCheckout(_ kind: String) throws {
        var files = [".git/HEAD": kind == "detached" ? hash : "ref: refs/heads/main\n"]
        if kind == "loose" { files[".git/refs/heads/main"] = hash + "\n" }
        if kind == "packed" {
            files[".git/packed-refs"] =
                "# pack-refs\n\(String(hash.reversed())) refs/heads/domain\n\(hash) refs/heads/main\n"
        }
        try withFiles(files) { root in
            let build = root + "/.build/x86_64-unknown-linux-gnu/release/ballast"
            #expect(SourceCommit.of(executable: build) == "0123456789ab")
            // A program that merely lies in a checkout is none of it.
            #expect(SourceCommit.of(executable: root + "/bin/ballast") == nil)
        }
    }

    @Test func whatSaysNothingIsNotKnown() throws {
        for head in ["", "ref: refs/heads/none", "ref: ../../x", "not a commit"] {
            try withFiles([".git/HEAD": head, "share/ballast/commit": "v1"]) { root in
                #expect(SourceCommit.of(executable: root + "/.build/release/ballast") == nil)
                #expect(SourceCommit.of(executable: root + "/bin/ballast") == nil)
            }
        }
    }
}
