import Ballast
import Foundation
import Slurm

/// What the queue of Slurm says about the runs of a folder, asked seldom enough for a controller that many share.
final class SweepQueue {
    private let interval: Double
    private let client = SlurmClient()
    private var last: (time: ContinuousClock.Instant, tasks: [String: Queue.Task])?
    /// What the queue did not say, a line each.
    private(set) var notes: [String] = []

    /// Prepares to ask.
    ///
    /// - Parameter interval: Seconds between two questions, at least.
    init(every interval: Double) { self.interval = interval }

    /// The tasks in the queue by the folders of their cells; none where nothing was submitted.
    ///
    /// - Parameter folder: The submissions.
    /// - Returns: The tasks. What hinders it is a note, since folders say the rest.
    func tasks(_ folder: SubmissionFolder) -> [String: Queue.Task] {
        if let last, (.now - last.time) / .seconds(1) < interval { return last.tasks }
        notes = []
        var tasks: [String: Queue.Task] = [:]
        do {
            let submissions = try folder.submissions()
            if !submissions.isEmpty {
                if client.canAsk {
                    let queue = try client.queue(submissions.map(\.name))
                    tasks = SubmissionFolder.live(submissions, queue)
                    notes = queue.unreadable.prefix(3).map {
                        "note: squeue printed \"\($0.prefix(80))\", which is not understood"
                    }
                } else {
                    notes = [
                        "note: runs were submitted to Slurm, and there is no squeue here to say which wait"
                    ]
                }
            }
        } catch {
            notes = ["note: the queue is not known: \(error)"]
        }
        last = (.now, tasks)
        return tasks
    }
}
