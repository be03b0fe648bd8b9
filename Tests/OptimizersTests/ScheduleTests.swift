import Optimizers
import Testing

@Suite("schedules")
struct ScheduleTests {
    private func schedule(
        _ shape: Schedule.Shape, warmup: Double, floor: Double = 0
    ) -> Schedule {
        var schedule = Schedule()
        schedule.shape = shape
        schedule.warmup = warmup
        schedule.floor = floor
        return schedule
    }

    @Test("warm-up climbs in equal steps and reaches the peak")
    func warmup() {
        for shape in Schedule.Shape.allCases {
            let schedule = schedule(shape, warmup: 0.4)
            #expect((1...4).map { schedule.factor($0, of: 10) } == [0.25, 0.5, 0.75, 1])
            #expect(schedule.factor(5, of: 10) == 1, "the descent begins at the peak")
        }
    }

    @Test("a straight line down, whose last step still moves")
    func linear() {
        let schedule = schedule(.linear, warmup: 0)
        #expect((1...4).map { schedule.factor($0, of: 4) } == [1, 0.75, 0.5, 0.25])
    }

    @Test("half a cosine")
    func cosine() {
        let schedule = schedule(.cosine, warmup: 0)
        let expected = [1, 0.5 + 0.125.squareRoot(), 0.5, 0.5 - 0.125.squareRoot()]
        for (step, value) in zip(1..., expected) {
            // A cosine and two exact operations, in double.
            #expect((schedule.factor(step, of: 4) - value).magnitude < 1e-15)
        }
    }

    @Test("constant after warm-up")
    func constant() {
        let schedule = schedule(.constant, warmup: 0.5)
        #expect((1...4).map { schedule.factor($0, of: 4) } == [0.5, 1, 1, 1])
    }

    @Test("the peak until the last part, which goes down in a line or as a root")
    func warmupStableDecay() {
        var schedule = schedule(.stable, warmup: 0.2)
        schedule.cooldown = 0.4
        let factors = (1...10).map { schedule.factor($0, of: 10) }
        #expect(factors == [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
        schedule.cooldownShape = .squareRoot
        #expect(schedule.factor(8, of: 10) == 0.5)
        schedule.cooldown = 0
        #expect(schedule.factor(10, of: 10) == 1)
        // A line from the peak is another schedule.
        let line = self.schedule(.linear, warmup: 0.2)
        withKnownIssue { #expect((1...10).map { line.factor($0, of: 10) } == factors) }
    }

    @Test("the floor is a fraction of the peak")
    func floor() {
        let schedule = schedule(.linear, warmup: 0, floor: 0.5)
        #expect((1...4).map { schedule.factor($0, of: 4) } == [1, 0.875, 0.75, 0.625])
    }

    @Test("every step of every length lies between zero and one", arguments: [1, 2, 3, 7, 20, 101])
    func range(steps: Int) {
        for shape in Schedule.Shape.allCases {
            for warmup in [0, 0.05, 0.3, 0.5, 1] {
                let factors = (1...steps).map {
                    schedule(shape, warmup: warmup).factor($0, of: steps)
                }
                #expect(factors.allSatisfy { 0 < $0 && $0 <= 1 })
            }
        }
    }
}
