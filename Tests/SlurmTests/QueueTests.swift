import Foundation
import Runs
import Slurm
import Testing

@Suite("the queue and what was submitted")
struct QueueTests {
    @Test("tasks in each state, and what a person reads of them")
    func states() {
        let queue = Queue(
            """
            a-1|12|0|RUNNING|node7|None
            a-1|12|1|COMPLETING|node8|None
            a-1|12|2|PENDING||JobArrayTaskLimit
            a-1|12|3|CANCELLED||None
            a-1|12|4|COMPLETED|node7|None
            a-1|12|5|REQUEUE_HOLD||launch failed | requeued held

            """)
        #expect(queue.unreadable.isEmpty)
        #expect(queue.tasks.map(\.index) == [0, 1, 2, 5])
        #expect(
            queue.tasks.map(\.text) == [
                "running on node7 (12_0)", "completing on node8 (12_1)",
                "pending (12_2, JobArrayTaskLimit)",
                "requeue_hold (12_5, launch failed | requeued held)",
            ])
    }

    @Test("a pending array on one line is all its tasks")
    func range() {
        let queue = Queue("a|7|[2-4,9%3]|PENDING||Resources\nb|8|3%1|PENDING||Priority")
        #expect(queue.tasks.map(\.index) == [2, 3, 4, 9, 3])
    }

    @Test(
        "what is no line of it is kept apart, and none is a crash",
        arguments: [
            "slurm_load_jobs error: Unable to contact slurm controller", "a|b|c|d|e|f",
            "a|1|0|RUNNING|node", "|1|0|RUNNING|n|None", "a|-1|0|RUNNING|n|None",
            "a|1|5-2|PENDING||None", "a|1|-1|PENDING||None",
            "a|1|0-9223372036854775807|PENDING||None",
            "a|99999999999999999999|0|PENDING||None", "a|1||PENDING||None", "a|1|N/A|PENDING||None",
            "a|1|0|||None", "a|1|[|PENDING||None", "a|1|1-2-3|PENDING||None", "\u{0}\u{1}|||||",
        ])
    func garbage(line: String) {
        let queue = Queue("a|1|0|RUNNING|n|None\n" + line + "\na|1|1|PENDING||None")
        #expect(queue.tasks.map(\.index) == [0, 1])
        #expect(queue.unreadable == [line])
    }

    private let submissions = [
        Submission(
            name: "ballast-a-1", job: 12, instructionSet: "avx2", jobs: 1,
            tasks: [["cells/a", "cells/b"], ["cells/c"], ["cells/d"]]),
        Submission(
            name: "ballast-a-2", job: nil, instructionSet: "avx2", jobs: 1,
            tasks: [["cells/c"], ["cells/e"]]),
    ]

    @Test("the cells of a task that has not ended are taken, those of others are free")
    func live() {
        let queue = Queue(
            """
            ballast-a-1|12|0|RUNNING|n1|None
            ballast-a-1|12|1|COMPLETED|n1|None
            ballast-a-2|13|1|PENDING||Resources
            ballast-b-1|14|0|RUNNING|n2|None
            ballast-a-1|12|99|RUNNING|n2|None
            """)
        let live = SubmissionFolder.live(submissions, queue)
        #expect(live.keys.sorted() == ["cells/a", "cells/b", "cells/e"])
        #expect(live["cells/e"]?.job == 13)
    }

    @Test("of two tasks the running one tells where a cell is")
    func both() {
        for lines in [
            ["ballast-a-1|12|1|RUNNING|n1|None", "ballast-a-2|13|0|PENDING||None"],
            ["ballast-a-2|13|0|PENDING||None", "ballast-a-1|12|1|RUNNING|n1|None"],
        ] {
            let live = SubmissionFolder.live(submissions, Queue(lines.joined(separator: "\n")))
            #expect(live["cells/c"]?.node == "n1")
        }
    }

    @Test("names of arrays are plain, and none is another's")
    func names() {
        let name = Submission.name(of: "my study, Größe/2|x")
        #expect(name.hasPrefix("ballast-my-study--Gr--e-2-x-"))
        #expect(!name.contains { ",| ".contains($0) })
        #expect(Set((0..<100).map { _ in Submission.name(of: "a") }).count == 100)
    }
}
