import Formats
import Foundation
import OrderedCollections
import Testing

@Suite("what other programs and crashes leave")
struct FaultTests {
    private func write(_ scratch: Scratch, _ steps: [Int], resuming: Int? = nil) throws -> String {
        let writer = try EventFileWriter(folder: scratch.path, resumingAt: resuming)
        for step in steps {
            try writer.append(step: step, wallTime: 0, scalars: [("a", Float(step))])
        }
        try writer.close()
        return writer.path
    }

    @Test("a new file sorts after any that stands there")
    func names() throws {
        for field in ["9223372036854775807", "9999999999", "zzz", "", "99999999999999999999"] {
            let scratch = try Scratch()
            let other = try scratch.put([], "events.out.tfevents.\(field).x")
            let first = try write(scratch, [1]), second = try write(scratch, [2])
            #expect([other, first, second].sorted() == [other, first, second], "\(field)")
            #expect(try EventLog.read(folder: scratch.path).series["a"]?.map(\.step) == [1, 2])
        }
    }

    @Test("a tag that goes back to a step has one value there")
    func goingBack() throws {
        let scratch = try Scratch()
        _ = try write(scratch, [0, 1, 2, 3])
        _ = try write(scratch, [0, 1])
        #expect(try EventLog.read(folder: scratch.path).series["a"]?.map(\.step) == [0, 1])
        _ = try write(scratch, [1, 2], resuming: 1)
        #expect(try EventLog.read(folder: scratch.path).series["a"]?.map(\.step) == [0, 1, 2])
    }

    @Test("steps that no run reaches are none")
    func steps() throws {
        let scratch = try Scratch()
        _ = try write(scratch, [.min, -1, 5, .max])
        #expect(try EventLog.read(folder: scratch.path).series["a"]?.map(\.step) == [5])
    }

    @Test("a log of many sessions holds no file open")
    func sessions() throws {
        let scratch = try Scratch()
        for session in 1...40 { _ = try write(scratch, [session], resuming: session) }
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        var log = try EventLog.read(folder: scratch.path)
        #expect(log.series["a"]?.count == 40)
        // Other tests open files at the same time, not forty.
        let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        #expect(after < before + 20)
        _ = try write(scratch, [41], resuming: 41)
        try log.refresh()
        #expect(log.series["a"]?.map(\.step) == Array(1...41))
    }

    @Test("a named pipe in the place of an event file is damage, and is not waited for")
    func pipe() throws {
        let scratch = try Scratch()
        _ = try write(scratch, [1])
        #expect(mkfifo(scratch("events.out.tfevents.9999999998.x"), 0o600) == 0)
        let log = try EventLog.read(folder: scratch.path)
        #expect(log.series["a"]?.map(\.step) == [1])
        #expect(log.files.map { $0.damage == nil } == [true, false])
    }

    @Test("a file of holes, larger than any of its kind, is refused before memory is taken for it")
    func holes() throws {
        let scratch = try Scratch()
        let path = try scratch.put([1, 2, 3], "study.yaml")
        #expect(try WholeFile.read(path) == [1, 2, 3])
        #expect(try WholeFile.read(path, limit: 3) == [1, 2, 3])
        #expect(throws: FormatError.self) { try WholeFile.read(path, limit: 2) }
        try #require(truncate(path, 1 << 40) == 0)
        let error = #expect(throws: FormatError.self) { try WholeFile.read(path) }
        #expect(
            error?.description.contains("1099511627776 bytes, and at most 1073741824 are read")
                == true, "\(String(describing: error))")
        #expect(try WholeFile.start(2, of: path) == [1, 2])
        #expect(try WholeFile.read(scratch("absent")) == nil)
    }

    @Test("what a killed process left goes with the first file written beside it")
    func leftovers() throws {
        let scratch = try Scratch()
        _ = try scratch.put([1], "big.tokens.999999999.abc" + AtomicFile.partialSuffix)
        try AtomicFile.write("text", to: scratch("a"))
        #expect(try scratch.names == ["a"])
    }

    @Test("folders are made with those above them, and a file in the way is named")
    func folders() throws {
        let scratch = try Scratch()
        try Directory.create(scratch("a/b/c/"))
        try Directory.create(scratch("a/b"))
        #expect(try scratch.names == ["a"])
        _ = try scratch.put([], "file")
        expectError(
            "FILE: create the folder: File exists; a file stands where a folder is needed: move it, or name "
                + "another"
        ) { try Directory.create(scratch("file")) }
        #expect(throws: FormatError.self) { try Directory.create(scratch("file/below")) }
        #expect(throws: FormatError.self) {
            try Directory.create(scratch(String(repeating: "n", count: 300)))
        }
    }

    @Test("absent is nil, unreadable an error")
    func wholeFiles() throws {
        let scratch = try Scratch()
        #expect(try WholeFile.read(scratch("none")) == nil)
        #expect(try WholeFile.read(scratch.put([1, 2])) == [1, 2])
        #expect(throws: FormatError.self) { try WholeFile.read(scratch.path) }
    }
}
