import Foundation
import Runs
import Testing

@Suite("grids handed to Slurm", .serialized)
struct SlurmTests {
    /// Stand-ins for Slurm's programs: what was submitted waits until the file `queue` is taken away.
    private func programs(_ scratch: Tool.Scratch) throws -> [String: String] {
        let bin = scratch.path + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        for (name, body) in [
            "sbatch": """
            sed -n 's/^#SBATCH --job-name=//p' "$2" >"\(scratch.path)/queue"
            echo 12
            """,
            "squeue": """
            [ -s "\(scratch.path)/queue" ] || exit 0
            read -r name <"\(scratch.path)/queue"
            echo "$name|12|0|RUNNING|node7|None"
            echo "$name|12|1|PENDING||Resources"
            """,
            "scontrol": "exit 1", "sinfo": "exit 1",
        ] {
            try "#!/bin/bash\n\(body)\n".write(
                toFile: bin + "/" + name, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: bin + "/" + name)
        }
        return ["PATH": bin + ":/usr/bin:/bin", "BALLAST_ISA": "portable"]
    }

    private func study(_ scratch: Tool.Scratch) throws -> String {
        try scratch.file(
            "study.yaml",
            """
            name: small
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8}
              data: {text: [\(scratch.path)/text.txt], batch: 2}
              steps: 10
              evaluation: {every: 0, batches: 1}
            grid:
              optimizer.learning-rate: [1e-3, 1e-2, 1e-1]
            """)
    }

    private func object(_ text: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    @Test(
        "submits once, says what waits, trains a task, refills what is missing, reports at the end")
    func whole() throws {
        let scratch = try Tool.Scratch()
        let environment = try programs(scratch)
        let out = scratch.path + "/sweep"
        let command = [
            "sweep", "run", try study(scratch), "--out", out, "--slurm", "--cells-per-task", "2",
        ]
        let first = try Tool.run(command + ["--json"], in: scratch, environment: environment)
        #expect(first.code == 0, "\(first.errors)")
        let submission = try object(first.output)
        #expect(submission["job"] as? Int == 12)
        #expect(submission["submitted"] as? Int == 3)
        #expect(submission["tasks"] as? Int == 2)
        #expect(submission["instruction_set"] as? String == "portable")

        // While it waits, nothing is submitted again.
        let second = try Tool.run(command, in: scratch, environment: environment)
        #expect(second.code == 0)
        #expect(second.output.contains("0 of 3 runs done, 3 in the queue"), "\(second.output)")
        #expect(second.output.contains("nothing was submitted"), "\(second.output)")
        let status = try Tool.run(
            ["sweep", "status", out], in: scratch, environment: environment)
        #expect(status.output.contains("0 of 3 runs done (3 in the queue)"), "\(status.output)")
        #expect(status.output.contains("running on node7 (12_0)"), "\(status.output)")
        #expect(status.output.contains("pending (12_1, Resources)"), "\(status.output)")

        // The first task runs; the second is lost.
        let folder = try #require(
            try FileManager.default.contentsOfDirectory(atPath: out + "/slurm")
                .first { $0.hasPrefix("ballast-small-") })
        let list = "\(out)/slurm/\(folder)/cells.json"
        let task = try Tool.run(
            ["sweep", "task", list], in: scratch,
            environment: environment.merging(["SLURM_ARRAY_TASK_ID": "0"]) { $1 })
        #expect(task.code == 0, "\(task.output)\(task.errors)")
        #expect(
            try Tool.run(["sweep", "task", list], in: scratch, environment: environment).code == 64)
        try FileManager.default.removeItem(atPath: scratch.path + "/queue")
        let third = try Tool.run(command, in: scratch, environment: environment)
        #expect(third.output.contains("2 of 3 runs done\nsubmitted job 12: 1 runs as 1 task"))

        let newest = try FileManager.default.contentsOfDirectory(atPath: out + "/slurm")
            .first { $0.hasPrefix("ballast-small-") && $0 != folder }
        let last = try Tool.run(
            ["sweep", "task", "\(out)/slurm/\(try #require(newest))/cells.json", "--task", "0"],
            in: scratch, environment: environment)
        #expect(last.code == 0, "\(last.errors)")
        let done = try Tool.run(command, in: scratch, environment: environment)
        #expect(done.code == 0, "\(done.errors)")
        #expect(done.output.contains("report in \(out)/report.html"), "\(done.output)")

        // The bits are those of a sweep without Slurm.
        let plain = scratch.path + "/plain"
        let local = ["sweep", "run", try study(scratch), "--out", plain]
        #expect(
            try Tool.run(local, in: scratch, environment: ["BALLAST_ISA": "portable"]).code == 0)
        for cell in try FileManager.default.contentsOfDirectory(atPath: plain + "/cells") {
            let checkpoints = try [out, plain].map {
                try Data(
                    contentsOf: URL(
                        fileURLWithPath: RunFolder("\($0)/cells/\(cell)").checkpoint(10)))
            }
            #expect(checkpoints[0] == checkpoints[1], "\(cell)")
        }
    }

    @Test(
        "one instruction set: what is asked for, what runs have, what all nodes name, what servers have"
    )
    func instructionSets() throws {
        let scratch = try Tool.Scratch()
        var environment = try programs(scratch)
        let command = ["sweep", "run", try study(scratch), "--out", scratch.path + "/sweep"]
        func chosen() throws -> String {
            let dry = try Tool.run(
                command + ["--slurm", "--dry-run"], in: scratch, environment: environment)
            #expect(dry.code == 0, "\(dry.errors)")
            let lines = dry.output.split(separator: "\n").filter {
                $0.hasPrefix("export BALLAST_ISA=") || $0.contains(", since ")
            }
            return lines.joined(separator: " ")
        }
        #expect(
            try chosen()
                == "# portable, since BALLAST_ISA asks for it export BALLAST_ISA=portable")
        environment["BALLAST_ISA"] = ""
        let plain = try chosen()
        #expect(plain.hasSuffix("=avx2") || plain.hasSuffix("=portable"), "\(plain)")
        let sinfo = scratch.path + "/bin/sinfo"
        try "#!/bin/bash\necho amd,avx512f\necho intel,AVX512_VNNI\n".write(
            toFile: sinfo, atomically: false, encoding: .utf8)
        #expect(try chosen().hasSuffix("=avx512"))
        try "#!/bin/bash\necho amd,avx512f\necho old\n".write(
            toFile: sinfo, atomically: false, encoding: .utf8)
        #expect(try chosen() == plain)

        // A run that stands decides, so that bits agree with it.
        try String(contentsOfFile: scratch.path + "/study.yaml", encoding: .utf8)
            .replacing("[1e-3, 1e-2, 1e-1]", with: "[1e-2]")
            .write(toFile: scratch.path + "/one.yaml", atomically: true, encoding: .utf8)
        let first = try Tool.run(
            command.map { $0.replacing("study.yaml", with: "one.yaml") }, in: scratch,
            environment: ["BALLAST_ISA": "portable"])
        #expect(first.code == 0, "\(first.errors)")
        #expect(
            try chosen()
                == "# portable, since runs that stand in the folder have it export BALLAST_ISA=portable"
        )
    }

    @Test("a mistake is said before anything is written")
    func mistakes() throws {
        let scratch = try Tool.Scratch()
        let command = ["sweep", "run", try study(scratch), "--out", scratch.path + "/sweep"]
        let none = try Tool.run(
            command + ["--slurm"], in: scratch, environment: ["PATH": "/nowhere"])
        #expect(none.code == 1)
        #expect(
            none.errors
                == "ballast: --slurm: there is no sbatch here; run the command on a login node of the "
                + "cluster, or leave --slurm out to train on this machine\n")
        for (options, words) in [
            (["--partition", "gpu"], "--partition is for --slurm"),
            (["--slurm", "--time", "2"], "give 5 minutes or more"),
            (["--slurm", "--sbatch-option", "array=0-3"], "--array-limit and --cells-per-task"),
            (["--slurm", "--array-limit", "0"], "--array-limit 0: must be a whole number from 1"),
        ] {
            let outcome = try Tool.run(command + options, in: scratch)
            #expect(outcome.code == 64)
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
        let dry = try Tool.run(
            command + ["--slurm", "--dry-run", "--gpus", "1", "--time", "90"], in: scratch,
            environment: ["PATH": "/nowhere"])
        #expect(dry.code == 0)
        #expect(dry.output.contains("0/3 runs done; remaining: "), "\(dry.output)")
        #expect(dry.output.contains("#SBATCH --array=0-2\n"), "\(dry.output)")
        #expect(dry.output.contains("#SBATCH --gpus=1\n"), "\(dry.output)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/sweep"))
    }
}
