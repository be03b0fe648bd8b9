import Slurm
import Testing

@Suite("what is asked of Slurm")
struct JobRequestTests {
    @Test(
        "limits of time as Slurm takes them",
        arguments: [
            ("90", 5_400), ("5:30", 330), ("4:00:00", 14_400), ("1-12", 129_600),
            ("2-01:30", 178_200), ("0-00:10:05", 605), ("UNLIMITED", Double.infinity),
        ])
    func times(text: String, seconds: Double) {
        #expect(JobRequest.seconds(text) == seconds)
    }

    @Test(
        "what is no limit of time",
        arguments: [
            "", "-", "1-", "-5", "1:2:3:4", "1-2:3:4:5", "1h", "1e3", "٣", "99999999999999999999",
        ])
    func noTimes(text: String) {
        #expect(JobRequest.seconds(text) == nil)
        #expect(throws: SlurmError.self) { try JobRequest(time: text) }
    }

    @Test("a limit in which a task could only save is refused")
    func shortTime() throws {
        #expect(
            throws: SlurmError.option(
                "--time 2", reason: "a task saves 120 s before its end; give 5 minutes or more")
        ) { try JobRequest(time: "2") }
        _ = try JobRequest(time: "5")
    }

    @Test("options of sbatch, and those that are ballast's own")
    func options() throws {
        #expect(try JobRequest.Option("account=a=b").value == "a=b")
        #expect(try JobRequest.Option("--exclusive").key == "exclusive")
        for text in ["", "=x", "A=1", "mail user=x", "x=1\n#SBATCH --array=0-9"] {
            #expect(throws: SlurmError.self, "\(text)") { try JobRequest.Option(text) }
        }
        do {
            _ = try JobRequest.Option("array=0-9")
            Issue.record("array was taken")
        } catch {
            #expect(
                "\(error)"
                    == "--sbatch-option array=0-9: ballast counts the tasks; give --array-limit and "
                    + "--cells-per-task")
        }
    }

    @Test("cells are dealt so that none is lost, no task is empty, and the dear ones are spread")
    func dealing() throws {
        for (cells, perTask, limit) in [
            (1, nil, 1_001), (12, nil, 1_001), (12, 5, 1_001), (1_001, nil, 1_001),
            (1_002, nil, 1_001), (10_000, nil, 1_001), (7, 100, 3), (7, nil, 1),
        ] as [(Int, Int?, Int)] {
            let tasks = try ArrayTasks.deal(
                Array(0..<cells), perTask: perTask, limit: limit)
            #expect(tasks.flatMap(\.self).sorted() == Array(0..<cells))
            #expect(tasks.count <= limit)
            #expect(tasks.allSatisfy { !$0.isEmpty })
            let sizes = tasks.map(\.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
            if let perTask { #expect(sizes.allSatisfy { $0 <= perTask }) }
            #expect(tasks.map { $0[0] } == Array(0..<tasks.count))
        }
        #expect(try ArrayTasks.deal([Int](), perTask: 1, limit: 1).isEmpty)
    }

    @Test("more tasks than an array may have are refused with what would fit")
    func tooMany() {
        #expect(
            throws: SlurmError.option(
                "--cells-per-task 2",
                reason:
                    "100 runs are 50 tasks, and this Slurm takes 10 in an array; give 10 or more, or leave it out"
            )
        ) { try ArrayTasks.deal(Array(0..<100), perTask: 2, limit: 10) }
    }
}
