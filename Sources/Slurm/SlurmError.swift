/// What hinders a submission to Slurm, each with the next step.
package enum SlurmError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A program of Slurm is not there.
    case missing(program: String)
    /// A program of Slurm ended with a message.
    case refused(program: String, message: String, next: String)
    /// A program of Slurm printed what is not understood.
    case unreadable(program: String, line: String)
    /// An option that no job array of ballast can have.
    case option(String, reason: String)
    /// Another command is submitting runs of the same folder.
    case busy(folder: String)

    /// A sentence for the reader, with the next step.
    package var description: String {
        switch self {
        case .missing(let program):
            "--slurm: there is no \(program) here; run the command on a login node of the cluster, or leave "
                + "--slurm out to train on this machine"
        case .refused(let program, let message, let next): "\(program): \(message); \(next)"
        case .unreadable(let program, let line):
            "\(program) printed \"\(line.prefix(80))\", which is not understood; nothing was submitted, since runs "
                + "may be in the queue already; run the same command again"
        case .option(let option, let reason): "\(option): \(reason)"
        case .busy(let folder):
            "\(folder): another command is submitting runs of this folder; wait for it"
        }
    }
}
