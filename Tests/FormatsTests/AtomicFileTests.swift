import Formats
import Foundation
import OrderedCollections
import Tensors
import Testing

@Suite("atomic files")
struct AtomicFileTests {
    @Test("a file is replaced whole, and nothing else is left")
    func replaces() throws {
        let scratch = try Scratch()
        try AtomicFile.write("old", to: scratch("a"))
        try AtomicFile.write(chunks: (0..<3).lazy.map { [UInt8($0)] }, to: scratch("a"))
        #expect(try contents(scratch("a")) == [0, 1, 2])
        try AtomicFile.write([], to: scratch("b"))
        #expect(try scratch.names == ["a", "b"])
    }

    @Test("failures name the file, the operation and the next step")
    func failures() throws {
        let scratch = try Scratch()
        expectError("FILE: create: No such file or directory; check the path") {
            try AtomicFile.write("x", to: scratch("absent/a"))
        }
        try FileManager.default.createDirectory(
            atPath: scratch("folder"), withIntermediateDirectories: false)
        expectError("FILE: rename: Is a directory; check the path") {
            try AtomicFile.write("x", to: scratch("folder"))
        }
        #expect(try scratch.names == ["folder"])
        expectError("FILE: list: No such file or directory; check the path") {
            try AtomicFile.sweep(scratch("absent"))
        }
    }

    @Test("a full disk says what to do")
    func fullDisk() {
        #expect(
            "\(FormatError.system("runs/a/x.safetensors", "write", code: ENOSPC))"
                == "runs/a/x.safetensors: write: No space left on device; free space on runs/a and run "
                + "the same command again: it resumes")
        expectError(
            "FILE: write: No space left on device; free space on /dev and run the same command "
                + "again: it resumes"
        ) {
            var start = 0
            try OpenFile("/dev/full", O_WRONLY).write([1], from: &start)
        }
    }

    @Test("when the bytes do not fit, the old file stays and the temporary one goes")
    func noSpace() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let path = scratch("a.safetensors")
            try Safetensors.write(["w": .zeros([8])], to: path)
            let old = try contents(path)
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: rlim_t.max)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            do {
                try Safetensors.write(["w": .zeros([100_000])], to: path)
                preconditionFailure("400 kB were written in spite of the limit")
            } catch {
                let message = "\(error)".replacingOccurrences(of: path, with: "FILE")
                precondition(
                    message == "FILE: write: File too large; raise the limit of file sizes "
                        + "(ulimit -f) and run the same command again", message)
            }
            #expect(try contents(path) == old)
            #expect(try scratch.names == ["a.safetensors"])
        }
    }

    @Test("a process killed while writing leaves the old file, and a sweep removes the rest")
    func killed() async throws {
        let scratch = try Scratch()
        try AtomicFile.write("old", to: scratch("a"))
        let path = scratch("a")
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let chunks = (0..<3).lazy.map { index -> [UInt8] in
                if index == 2 { kill(getpid(), SIGKILL) }
                return [UInt8](repeating: UInt8(index), count: 10_000)
            }
            try AtomicFile.write(chunks: chunks, to: path)
        }
        #expect(try contents(path) == Array("old".utf8))
        #expect(try scratch.names.count == 2)
        try AtomicFile.write("mine", to: scratch("not.partial"))
        // What a process that lives is writing stays: the first of all always does.
        let living = "b.1.xyz" + AtomicFile.partialSuffix
        try Data().write(to: URL(fileURLWithPath: scratch(living)))
        let swept = try AtomicFile.sweep(scratch.path)
        #expect(swept.count == 1)
        #expect(swept.allSatisfy { $0.hasPrefix("a.") && $0.hasSuffix(AtomicFile.partialSuffix) })
        #expect(try scratch.names == ["a", living, "not.partial"])
    }

    @Test("what another machine is writing stays, and goes once it has stood still for an hour")
    func otherMachine() throws {
        let scratch = try Scratch()
        // The number of a process says nothing about one of another machine.
        let (fresh, old) = ("a.bin.0badc0de.999999999.x", "b.bin.0badc0de.1.y")
        for name in [fresh, old] {
            try Data().write(to: URL(fileURLWithPath: scratch(name + AtomicFile.partialSuffix)))
        }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -4_000)],
            ofItemAtPath: scratch(old + AtomicFile.partialSuffix))
        #expect(try AtomicFile.sweep(scratch.path) == [old + AtomicFile.partialSuffix])
        #expect(try scratch.names == [fresh + AtomicFile.partialSuffix])
    }
}
