import Foundation
import Slurm
import Testing

@Suite("scripts of job arrays")
struct ArrayScriptTests {
    private func script(
        _ request: JobRequest, folder: String = "/scratch/out/slurm/ballast-small-k2",
        command: [String] = [
            "/opt/ballast", "sweep", "task", "/scratch/out/slurm/ballast-small-k2/cells.json",
        ]
    ) -> ArrayScript {
        ArrayScript(
            name: "ballast-small-k2", title: "12 runs of small as 6 tasks of a job array",
            request: request, tasks: 6, folder: folder, directory: "/home/me/my study",
            environment: [("BALLAST_ISA", "avx2"), ("BALLAST_HOME", "/home/me/it's")],
            reason: "avx2, since BALLAST_ISA asks for it", command: command)
    }

    @Test("the whole text, with every option")
    func whole() throws {
        let request = try JobRequest(
            partition: "gpu", time: "4:00:00", gpus: "a100:1", arrayLimit: 3,
            options: [.init("account=physics"), .init("exclusive"), .init("comment=a b")],
            processors: 2)
        let expected = #"""
            #!/usr/bin/env bash
            # Written by ballast: 12 runs of small as 6 tasks of a job array
            #SBATCH --job-name=ballast-small-k2
            #SBATCH --array=0-5%3
            #SBATCH --output=/scratch/out/slurm/ballast-small-k2/%a.log
            #SBATCH --open-mode=append
            #SBATCH --chdir="/home/me/my study"
            #SBATCH --signal=B:USR1@120
            #SBATCH --requeue
            #SBATCH --nodes=1
            #SBATCH --ntasks=1
            #SBATCH --cpus-per-task=2
            #SBATCH --partition=gpu
            #SBATCH --time=4:00:00
            #SBATCH --gpus=a100:1
            #SBATCH --account=physics
            #SBATCH --exclusive
            #SBATCH --comment="a b"

            # One instruction set for every node, so that equal runs have equal bits:
            # avx2, since BALLAST_ISA asks for it
            export BALLAST_ISA=avx2
            export BALLAST_HOME='/home/me/it'\''s'

            asked= child= again=
            tell() {
                again=1
                asked=${asked:-$1}
                if [[ -n $child ]]; then kill -TERM "$child" 2>/dev/null; fi
            }
            trap 'tell requeue' USR1
            trap 'tell stop' TERM
            /opt/ballast sweep task /scratch/out/slurm/ballast-small-k2/cells.json &
            child=$!
            if [[ -n $asked ]]; then kill -TERM "$child"; fi
            again=1
            while [[ -n $again ]]; do
                again=
                wait "$child"
                code=$?
            done
            # 143: saved, and not at its end.
            if [[ $asked == requeue && $code == 143 ]]; then
                if scontrol requeue "$SLURM_JOB_ID"; then exit 0; fi
                echo "ballast: saved, but not queued again; the command that submitted this goes on" >&2
            fi
            exit "$code"

            """#
        #expect(try script(request).text == expected)
    }

    @Test("what is not asked for is not there")
    func least() throws {
        let text = try script(JobRequest()).text
        #expect(text.contains("--array=0-5\n"))
        for option in ["partition", "time", "gpus"] { #expect(!text.contains("--\(option)=")) }
    }

    @Test("an option of the user's takes the place of ballast's")
    func overruled() throws {
        let text = try script(JobRequest(options: [.init("nodes=1-1")])).text
        #expect(text.contains("--nodes=1-1\n"))
        #expect(!text.contains("--nodes=1\n"))
    }

    @Test("a sign of patterns in the folder's name is none; what no line can name is refused")
    func paths() throws {
        #expect(
            try script(JobRequest(), folder: "/a/50%").text.contains("--output=/a/50%%/%a.log\n"))
        #expect(throws: SlurmError.self) { try script(JobRequest(), folder: "/a/\"b\"").text }
        #expect(throws: SlurmError.self) { try script(JobRequest(), folder: "/a/\nb").text }
    }

    /// Runs the script's text under bash with stand-ins for ballast and scontrol.
    ///
    /// - Parameters:
    ///   - ballast: What ballast does.
    ///   - signal: What the shell gets once ballast has begun; nil for none.
    /// - Returns: The exit code, and whether it asked to be queued again.
    /// - Throws: What the file system refuses.
    private func outcome(
        of ballast: String, signal: Int32? = nil
    ) throws -> (code: Int32, isRequeued: Bool) {
        let folder = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, body) in [
            ("ballast", ballast), ("scontrol", "echo \"$*\" >\"${0%/*}/requeued\""),
        ] {
            try "#!/usr/bin/env bash\n\(body)\n".write(
                toFile: folder + "/" + name, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: folder + "/" + name)
        }
        let text = try script(JobRequest(), command: [folder + "/ballast", folder]).text
        try text.write(toFile: folder + "/job.sh", atomically: true, encoding: .utf8)
        let process = Process()
        // Threads of a pool have signals blocked, and so would what they start.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal=USR1,TERM", "bash", folder + "/job.sh"]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PATH": folder + ":/usr/bin:/bin", "SLURM_JOB_ID": "12"]
        ) { $1 }
        try process.run()
        if let signal {
            while !FileManager.default.fileExists(atPath: folder + "/begun"), process.isRunning {
                usleep(10_000)
            }
            kill(process.processIdentifier, signal)
        }
        process.waitUntilExit()
        let asked = try? String(contentsOfFile: folder + "/requeued", encoding: .utf8)
        return (process.terminationStatus, asked == "requeue 12\n")
    }

    private let saves = """
        trap 'kill $sleep; sleep 0.3; exit 143' TERM
        sleep 60 & sleep=$!
        touch "$1/begun"
        wait
        """

    @Test("a task leaves with the code of ballast, whatever it is")
    func codes() throws {
        for code in [0, 1, 137, 143] as [Int32] {
            let outcome = try outcome(of: "exit \(code)")
            #expect(outcome.code == code)
            #expect(!outcome.isRequeued)
        }
    }

    @Test("SIGUSR1 saves and queues again, SIGTERM saves and does not")
    func signals() throws {
        let limit = try outcome(of: saves, signal: SIGUSR1)
        #expect(limit.code == 0)
        #expect(limit.isRequeued)
        let end = try outcome(of: saves, signal: SIGTERM)
        #expect(end.code == 143)
        #expect(!end.isRequeued)
        // One that is done by then is not begun again.
        let done = try outcome(
            of: saves.replacingOccurrences(of: "exit 143", with: "exit 0"), signal: SIGUSR1)
        #expect(done.code == 0)
        #expect(!done.isRequeued)
    }
}
