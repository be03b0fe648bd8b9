import ArgumentParser
import Ballast
import Foundation
import Slurm

/// Options of commands that hand the runs of a grid to Slurm.
struct SlurmOptions: ParsableArguments {
    @Flag(
        help: """
            Submit the missing runs as a Slurm job array and return; run the same command again to submit what is \
            still missing and, once every run has a result, to finish.
            """)
    var slurm = false

    @Option(help: "--slurm: the partition.")
    var partition: String?

    @Option(
        help: "--slurm: the limit of a task's time, as 90 (minutes), 4:00:00 or 1-12 (days-hours).")
    var time: String?

    @Option(help: "--slurm: GPUs of a task, as 1 or a100:1.")
    var gpus: String?

    @Option(help: "--slurm: tasks that run at a time.")
    var arrayLimit: Int?

    @Option(
        help: "--slurm: runs of a task, one after another; 1 unless the array would be too large.")
    var cellsPerTask: Int?

    @Option(help: "--slurm: another option of sbatch, as account=physics or exclusive; repeatable.")
    var sbatchOption: [String] = []

    func validate() throws {
        try requireOption(arrayLimit, "--array-limit", in: 1...1_000_000)
        try requireOption(cellsPerTask, "--cells-per-task", in: 1...1_000_000)
        let given = [
            ("--partition", partition != nil), ("--time", time != nil), ("--gpus", gpus != nil),
            ("--array-limit", arrayLimit != nil), ("--cells-per-task", cellsPerTask != nil),
            ("--sbatch-option", !sbatchOption.isEmpty),
        ].first(where: \.1)
        if let given, !slurm { throw ValidationError("\(given.0) is for --slurm") }
        do {
            _ = try request(processors: 1)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// What a task asks for.
    ///
    /// - Parameter processors: Its processors.
    /// - Returns: The request.
    /// - Throws: ``SlurmError`` for an option that Slurm does not take, or that is ballast's own.
    func request(processors: Int) throws(SlurmError) -> JobRequest {
        var options: [JobRequest.Option] = []
        for text in sbatchOption { options.append(try JobRequest.Option(text)) }
        return try JobRequest(
            partition: partition, time: time, gpus: gpus, arrayLimit: arrayLimit,
            cellsPerTask: cellsPerTask, options: options, processors: processors)
    }
}
