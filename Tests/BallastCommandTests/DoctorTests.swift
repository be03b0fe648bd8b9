import Foundation
import Testing

@Suite("doctor", .serialized)
struct DoctorCommandTests {
    /// Rows of a log whose loss falls, and is no number from a step on.
    private func rows(_ steps: Range<Int>, nanFrom broken: Int = .max) -> String {
        steps.map { step in
            let loss = 2 + 3 * exp(-Double(step) / 30) + 0.01 * Double(step * 7919 % 13)
            return "\(step),\(step < broken ? "\(loss)" : "nan")\n"
        }.joined()
    }

    @Test("--watch prints a finding when it appears, and ends when the run is over")
    func watch() throws {
        let scratch = try Tool.Scratch()
        _ = try scratch.file("args.json", #"{"max_steps": 200}"#)
        let log = try scratch.file("log.csv", "step,loss\n" + rows(1..<100))
        let (process, output, _) = try Tool.start(
            ["doctor", log, "--watch", "--interval", "0.05"], in: scratch)
        func printed(_ text: String) throws -> Bool {
            for _ in 0..<600 {
                if try String(contentsOfFile: output, encoding: .utf8).contains(text) {
                    return true
                }
                Thread.sleep(forTimeInterval: 0.05)
            }
            return false
        }
        func append(_ text: String) throws {
            let handle = try #require(FileHandle(forWritingAtPath: log))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }
        #expect(try printed("step 99: watching log; nothing found"))
        try append(rows(100..<150, nanFrom: 120))
        #expect(try printed("ALARM loss_spikes from step 120"))
        #expect(process.isRunning)
        try append(rows(150..<201, nanFrom: 120))
        #expect(try printed("the run is over: findings that call for a change"))
        process.waitUntilExit()
        #expect(process.terminationStatus == 2)
        let text = try String(contentsOfFile: output, encoding: .utf8)
        #expect(text.components(separatedBy: "ALARM loss_spikes").count == 2, "printed once")
    }

    @Test("printed text is read by pattern and names; a bad pattern is misuse")
    func patterns() throws {
        let scratch = try Tool.Scratch()
        let text = (1...60).map { "it \($0): ce=\(3 - Double($0) / 60) odd=1\n" }.joined()
        let log = try scratch.file("out.log", text)
        let names = try scratch.file("names.yaml", "train/loss: ce\n")
        let options = ["--pattern", #"it (?<step>\d+): ce=(?<ce>\S+)"#, "--names", names]
        let doctor = try Tool.run(["doctor", log] + options, in: scratch)
        #expect(doctor.code == 3, "\(doctor.errors)")
        #expect(doctor.output.contains("loss_spikes: no spike in 60 recorded losses"))
        let imported = try Tool.run(
            ["import", log, "--out", scratch.path + "/runs"] + options, in: scratch)
        #expect(imported.code == 0, "\(imported.errors)")
        #expect(imported.output.contains("compared by train/loss"))
        let bad = try Tool.run(["doctor", log, "--pattern", "(?<step>"], in: scratch)
        #expect(bad.code == 64)
        #expect(bad.errors.contains("--pattern '(?<step>' is no regular expression"))
        let unknown = try Tool.run(["doctor", log], in: scratch)
        #expect(unknown.code != 0)
        #expect(unknown.errors.contains("say how its lines are built: --pattern"))
    }
}
