import Datasets
import Foundation
import Testing

/// The text of a source.
private func text(_ source: TextSource) throws -> String {
    var bytes: [UInt8] = []
    _ = try source.read { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
}

/// Compresses a file beside itself, under `name`.
private func compress(_ path: String, to name: String) throws {
    let output = Pipe()
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-c", path]
    gzip.standardOutput = output
    try gzip.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    gzip.waitUntilExit()
    try bytes.write(to: URL(fileURLWithPath: name))
}

/// Checks that two sources hold the same bytes.
private func checkSame(
    _ a: TextSource, _ b: TextSource, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let (first, second) = (try a.read(), try b.read())
    #expect(first.digest == second.digest, sourceLocation: sourceLocation)
    #expect(first.count == second.count, sourceLocation: sourceLocation)
}

@Suite("sources of text")
struct TextSourceTests {
    @Test("join files in the order given, each once, with nothing in between")
    func files() throws {
        try withFolder { folder in
            try write("one", to: folder + "/b.txt")
            try write("two", to: folder + "/a.txt")
            let names = ["/b.txt", "/a.txt", "/b.txt"].map { folder + $0 }
            #expect(try text(TextSource(names)) == "onetwo")
        }
    }

    @Test("read folders to any depth, sorted, without hidden and unfinished files")
    func folder() throws {
        try withFolder { folder in
            try write("1", to: folder + "/A/z.txt")
            try write("2", to: folder + "/a/deep/er/x")
            try write("3", to: folder + "/b.txt")
            try write("x", to: folder + "/.hidden")
            try write("x", to: folder + "/.git/config")
            try write("x", to: folder + "/b.txt.77.ballast-partial")
            #expect(try text(TextSource([folder])) == "123")
            #expect(try text(TextSource([folder + "/"])) == "123")
        }
    }

    @Test("a link to a file beside it, or a second name, is the same file")
    func sameFile() throws {
        try withFolder { folder in
            try write("one", to: folder + "/a.txt")
            try write("two", to: folder + "/b.txt")
            let files = FileManager.default
            try files.createSymbolicLink(
                atPath: folder + "/c.txt", withDestinationPath: folder + "/a.txt")
            try files.linkItem(atPath: folder + "/b.txt", toPath: folder + "/d.txt")
            #expect(try text(TextSource([folder])) == "onetwo")
            #expect(try text(TextSource([folder + "/c.txt", folder + "/a.txt"])) == "one")
            #expect(try text(TextSource([folder + "/a.txt", folder + "/./a.txt"])) == "one")
            // Equal files of their own are not.
            try write("one", to: folder + "/e.txt")
            #expect(try text(TextSource([folder])) == "onetwoone")
        }
    }

    @Test(
        "have the digest of their bytes, whatever their names, and a new one when the bytes change")
    func digests() throws {
        try withFolder { folder in
            try write("one", to: folder + "/a.txt")
            try compress(folder + "/a.txt", to: folder + "/b.gz")
            let source = TextSource([folder + "/a.txt"])
            let first = try source.digest()
            #expect(first == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed")
            #expect(try TextSource([folder + "/b.gz"]).digest() == first)
            #expect(source.recentDigest == first)
            // Of the same size, within the clock tick of the file system.
            try write("two", to: folder + "/a.txt")
            #expect(try source.digest() != first)
            #expect(TextSource([folder + "/none.txt"]).recentDigest == nil)
        }
    }

    @Test("do not enter links to folders, and read links to files")
    func links() throws {
        try withFolder { folder in
            try write("1", to: folder + "/in/a")
            try write("2", to: folder + "/out/b")
            let files = FileManager.default
            try files.createSymbolicLink(atPath: folder + "/in/loop", withDestinationPath: "..")
            try files.createSymbolicLink(
                atPath: folder + "/in/c", withDestinationPath: "../out/b")
            #expect(try text(TextSource([folder + "/in"])) == "12")
        }
    }

    @Test(
        "match patterns",
        arguments: [
            ("/*.txt", ["a.txt", "b.txt"]), ("/?.txt", ["a.txt", "b.txt"]),
            ("/[b-z].txt", ["b.txt"]), ("/*/*.txt", ["in/c.txt"]), ("/**/c.*", ["in/c.txt"]),
            ("/**/*.txt", ["a.txt", "b.txt", "in/c.txt", "in/deep/d.txt"]),
            ("/**", ["a.txt", "b.txt", "e.md", "in/c.txt", "in/deep/d.txt"]),
            ("/i*/**/d.txt", ["in/deep/d.txt"]), ("/**/deep/**/*", ["in/deep/d.txt"]),
            ("/*", ["a.txt", "b.txt", "e.md"]),
        ] as [(String, [String])])
    func patterns(pattern: String, expected: [String]) throws {
        try withFolder { folder in
            for name in ["b.txt", "a.txt", "e.md", "in/c.txt", "in/deep/d.txt", ".f.txt"] {
                try write(name, to: folder + "/" + name)
            }
            let files = try TextSource([folder + pattern]).files()
            #expect(files == expected.map { folder + "/" + $0 })
        }
    }

    @Test("take a file whose name has the signs of a pattern as that file")
    func literal() throws {
        try withFolder { folder in
            try write("1", to: folder + "/a[1].txt")
            #expect(try text(TextSource([folder + "/a[1].txt"])) == "1")
        }
    }

    @Test("expand gzip files, whatever their names, to the same bytes")
    func gzip() throws {
        try withFolder { folder in
            try write(noise(700_000), to: folder + "/plain")
            for name in ["/text.gz", "/text.dict.dz", "/text"] {
                try compress(folder + "/plain", to: folder + name)
                try checkSame(TextSource([folder + "/plain"]), TextSource([folder + name]))
            }
        }
    }

    @Test("hold any byte but NUL, and find the largest where it first stands")
    func bytes() throws {
        try withFolder { folder in
            try write([UInt8](1...200), to: folder + "/a")
            try write([0xff, 0xfe, 0x80, 0xff], to: folder + "/b")
            let survey = try TextSource([folder + "/a", folder + "/b"]).read()
            #expect(survey.count == 204)
            #expect(survey.largest == 0xff)
            #expect(survey.largestPath == folder + "/b")
            #expect(survey.largestOffset == 0)
        }
    }

    @Test("find the largest byte beyond the first piece of a file")
    func largeFile() throws {
        try withFolder { folder in
            var bytes = [UInt8](repeating: 97, count: 600_000)
            bytes[555_555] = 200
            bytes[555_556] = 200
            try write(bytes, to: folder + "/a")
            let survey = try TextSource([folder + "/a"]).read()
            #expect(survey.largestOffset == 555_555)
        }
    }

    @Test("are known by the sum that sha256sum gives")
    func digest() throws {
        try withFolder { folder in
            try write("abc", to: folder + "/a")
            #expect(
                try TextSource([folder + "/a"]).read().digest
                    == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        }
    }

    @Test("name the corpora under their home")
    func corpus() throws {
        try withFolder { folder in
            try write("dictionary", to: folder + "/text/gcide.txt")
            #expect(try text(TextSource(["gcide"], home: folder)) == "dictionary")
        }
    }

    @Test("the check can fail: one changed byte is caught")
    func negativeControl() throws {
        try withFolder { folder in
            var bytes = noise(300_000)
            try write(bytes, to: folder + "/a")
            bytes[299_999] ^= 2
            try write(bytes, to: folder + "/b")
            // Both are as long, so that the sum alone tells them apart.
            withKnownIssue {
                try checkSame(TextSource([folder + "/a"]), TextSource([folder + "/b"]))
            }
        }
    }
}
