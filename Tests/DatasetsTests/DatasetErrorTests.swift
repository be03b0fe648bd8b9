import Datasets
import Foundation
import Testing

@Suite("messages about data")
struct DatasetErrorTests {
    /// Checks the message of opening a text, with the scratch folder written as `DIR`.
    private func check(
        _ names: [String], vocabulary: Int = 256, context: Int = 8, says expected: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ prepare: (String) throws -> Void = { _ in }
    ) throws {
        try withFolder { folder in
            try prepare(folder)
            let names = names.map { $0.replacing("DIR", with: folder) }
            let said = message {
                let source = TextSource(names, home: folder + "/home")
                let tokens = try TokenCache(source, vocabulary: vocabulary)
                _ = try BatchSource(tokens, context: context, batch: 2, dataSeed: 0)
            }
            #expect(
                said.replacing(folder, with: "DIR") == expected, sourceLocation: sourceLocation)
        }
    }

    @Test("no source")
    func noSource() throws {
        try check(
            [],
            says: "no text to train on: name files, folders, patterns or a corpus (gcide)")
    }

    @Test("no such file")
    func noSuchFile() throws {
        try check(
            ["DIR/missing.txt"],
            says: "DIR/missing.txt: no such file or folder; the named corpora are: gcide")
        try check(["gcid"], says: "gcid: no such file or folder; the named corpora are: gcide")
    }

    @Test("a pattern without a match")
    func noMatch() throws {
        try check(
            ["DIR/*.txt"],
            says: "DIR/*.txt: no file matches; * stands for any part of a name, ** for any folders"
        ) { try write("x", to: $0 + "/a.md") }
    }

    @Test("a folder without a file")
    func noFiles() throws {
        try check(["DIR"], says: "DIR: no file in this folder, hidden ones aside")
    }

    @Test("a corpus that was not fetched")
    func missingCorpus() throws {
        try check(
            ["gcide"],
            says: "gcide: DIR/home/text/gcide.txt is missing; fetch it with scripts/setup.sh, "
                + "or set BALLAST_HOME to the folder that has it")
    }

    @Test("empty text")
    func emptyText() throws {
        try check(["DIR/a", "DIR/b"], says: "DIR/a, DIR/b: the text is empty") {
            try write("", to: $0 + "/a")
            try write("", to: $0 + "/b")
        }
    }

    @Test("a NUL byte, in the first file and beyond the first piece of another")
    func nul() throws {
        try check(["DIR/a"], says: "DIR/a: byte 2 is NUL; this is not text") {
            try write([1, 2, 0, 0], to: $0 + "/a")
        }
        try check(["DIR/a", "DIR/b"], says: "DIR/b: byte 500000 is NUL; this is not text") {
            try write("text", to: $0 + "/a")
            try write(noise(500_000) + [0] + noise(300_000), to: $0 + "/b")
        }
    }

    @Test("a file that cannot be read")
    func unreadable() throws {
        try check(
            ["DIR/a"], says: "DIR/a: open: not a regular file; check the path"
        ) { #expect(mkfifo($0 + "/a", 0o600) == 0) }
    }

    @Test("a file without permission", .enabled(if: geteuid() != 0, "root reads everything"))
    func permission() throws {
        try check(
            ["DIR/a"], says: "DIR/a: open: Permission denied; check the permissions of DIR"
        ) {
            try write("x", to: $0 + "/a")
            #expect(chmod($0 + "/a", 0) == 0)
        }
    }

    @Test("a damaged gzip file")
    func damaged() throws {
        try check(
            ["DIR/a.gz"],
            says: "DIR/a.gz: gzip, byte 3: the file is cut off; fetch the file again"
        ) { try write([0x1f, 0x8b, 8], to: $0 + "/a.gz") }
    }

    @Test("too little text for one sequence of each part")
    func tooShort() throws {
        try check(
            ["DIR/a"], context: 100,
            says: "the training text has 75 tokens and a sequence needs 101; "
                + "use more text or a shorter context"
        ) { try write(noise(100), to: $0 + "/a") }
        try check(
            ["DIR/a"], context: 64,
            says: "the validation text has 25 tokens and a sequence needs 65; "
                + "use more text or a shorter context"
        ) { try write(noise(100), to: $0 + "/a") }
    }

    @Test("a vocabulary that the text exceeds")
    func vocabulary() throws {
        try check(
            ["DIR/a", "DIR/b"], vocabulary: 128,
            says: "a vocabulary of 128 has no token for byte 195, at 17 of DIR/b; "
                + "it needs 196, and 256 fits every text"
        ) {
            try write("plain", to: $0 + "/a")
            try write("seventeen bytes, \u{fc}berall \u{fc}", to: $0 + "/b")
        }
        // As many as the text needs are enough.
        try check(["DIR/a"], vocabulary: 123, says: "no error") {
            try write(String(repeating: "to the letter z ", count: 50), to: $0 + "/a")
        }
    }

    @Test("a text that changes while it is read")
    func changed() {
        #expect(
            "\(DatasetError.changedWhileRead(sources: ["a", "b"]))"
                == "a, b: changed while being read; run the same command again")
    }

    @Test("the check can fail: another message is caught")
    func negativeControl() {
        withKnownIssue { try check(["DIR/x"], says: "no error") }
    }
}
