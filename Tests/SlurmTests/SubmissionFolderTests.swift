import Foundation
import Runs
import Slurm
import Testing

/// A folder with stand-ins for Slurm's programs.
private final class Scratch {
    let path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"

    init(_ programs: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(
            atPath: path + "/bin", withIntermediateDirectories: true)
        for (name, body) in programs {
            let file = path + "/bin/" + name
            try "#!/bin/sh\n\(body)\n".write(toFile: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var client: SlurmClient {
        SlurmClient(environment: ["PATH": path + "/bin", "SBATCH_ARRAY_INX": "0-99"])
    }
    var folder: SubmissionFolder { SubmissionFolder(root: path + "/out") }
}

@Suite("submissions in their folder")
struct SubmissionFolderTests {
    private let submission = Submission(
        name: "ballast-a-1", instructionSet: "avx2", jobs: 2, tasks: [["cells/a"], ["cells/b"]])

    @Test("script and record stand, with the number that Slurm gave")
    func submit() throws {
        let scratch = try Scratch([
            "sbatch": #"[ -z "$SBATCH_ARRAY_INX" ] && [ -s "$2" ] && echo "12;cluster""#
        ])
        let done = try scratch.folder.submit(submission, script: "#!x\n", to: scratch.client)
        #expect(done.job == 12)
        #expect(try scratch.folder.submissions() == [done])
        let script = try String(
            contentsOfFile: scratch.folder.script("ballast-a-1"), encoding: .utf8)
        #expect(script == "#!x\n")
    }

    @Test("refused, it leaves nothing and says what Slurm said")
    func refused() throws {
        let scratch = try Scratch([
            "sbatch": """
            echo "sbatch: error: invalid partition specified: nope" >&2
            echo "sbatch: error: Batch job submission failed: Invalid partition name specified" >&2
            exit 1
            """
        ])
        do {
            _ = try scratch.folder.submit(submission, script: "#!x\n", to: scratch.client)
            Issue.record("it was taken")
        } catch {
            #expect(
                "\(error)"
                    == "sbatch: invalid partition specified: nope; Batch job submission failed: Invalid partition "
                    + "name specified; nothing was submitted; change what it names and run the same command again"
            )
        }
        #expect(try scratch.folder.submissions().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
    }

    @Test("an answer that is no number leaves the record, by which the array is found")
    func unclear() throws {
        let scratch = try Scratch(["sbatch": "echo submitted"])
        #expect(try scratch.folder.submit(submission, script: "", to: scratch.client).job == nil)
        #expect(try scratch.folder.submissions() == [submission])
    }

    @Test("without sbatch, and with a queue that does not answer, the next step is named")
    func missing() throws {
        let scratch = try Scratch(["squeue": "echo 'squeue: error: no controller' >&2; exit 1"])
        #expect(throws: SlurmError.missing(program: "sbatch")) {
            try scratch.client.requirePrograms()
        }
        do {
            _ = try scratch.client.queue(["a"])
            Issue.record("the queue answered")
        } catch {
            #expect(
                "\(error)".hasPrefix("squeue: no controller; what is in the queue is not known"))
        }
    }

    @Test("the queue is asked by name, with many at a time, and the largest array is read")
    func asking() throws {
        let scratch = try Scratch([
            "squeue": #"""
            for word; do
                case $word in --name=*) word=${word#--name=}; echo "${word%%,*}|5|0|PENDING||None" ;; esac
            done
            """#,
            "scontrol": "echo 'MaxArraySize            = 17'; echo 'MaxJobCount = 5'",
            "sinfo": "echo '(null)'; echo 'amd,AVX512,ib'",
        ])
        let names = (0..<501).map { "n\($0)" }
        #expect(try scratch.client.queue(names).tasks.map(\.name) == ["n0", "n500"])
        #expect(scratch.client.largestArray() == 17)
        #expect(scratch.client.features(of: nil) == [["(null)"], ["amd", "avx512", "ib"]])
        let none = try Scratch(["scontrol": "echo MaxArraySize; exit 0"])
        #expect(none.client.largestArray() == nil)
        #expect(none.client.features(of: "x") == [])
    }

    @Test("beside the cells: the sweep's own folder, or the one that studies share")
    func places() {
        func plan(_ folder: String?) -> SweepFolder.Plan {
            .init(
                name: "a", axes: [],
                cells: [.init(name: "x", settings: [:], steps: 1, folder: folder)])
        }
        #expect(SubmissionFolder(of: "out", plan(nil)).path == "out/slurm")
        #expect(SubmissionFolder(of: "out/a", plan("../cells/12")).path == "out/slurm")
        #expect(SubmissionFolder(of: "a", plan("../cells/12")).path == "./slurm")
        for (sweep, cell) in [("out", nil), ("out/a", "../cells/12"), ("a", "../cells/12")] {
            let plan = plan(cell)
            let place = SubmissionFolder(of: sweep, plan).place(
                SweepFolder(sweep, plan: plan).cell("x"))
            #expect(place == (cell == nil ? "cells/x" : "cells/12"))
        }
    }

    @Test("a record that is none, or of a later version, says so")
    func damaged() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/cells.json"
        try "{".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(
            throws: RunError.damaged(file: path, reason: "is no list of a job array's cells")
        ) { try Submission(path: path) }
        let later =
            #"{"format": 2, "name": "a", "instruction_set": "avx2", "jobs": 1, "tasks": []}"#
        try later.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: RunError.newerFormat(file: path, found: 2, known: 1)) {
            try Submission(path: path)
        }
    }
}
