/// What is wrong with a folder of a run or of a sweep.
public enum RunError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another process writes there.
    case busy(folder: String)
    /// The folder holds something, but no run or sweep.
    case notARun(folder: String, missing: String)
    /// The folder holds those of studies.
    case severalSweeps(folder: String, names: [String])
    /// The folder holds a run of another configuration.
    case otherConfiguration(folder: String, difference: String)
    /// A file of the folder does not say what it should.
    case damaged(file: String, reason: String)
    /// The system refuses.
    case system(path: String, operation: String, reason: String)

    /// A sentence for the reader, with the next step.
    public var description: String {
        switch self {
        case .busy(let folder):
            "\(folder): another process is training there; wait for it or choose another --out"
        case .notARun(let folder, let missing):
            "\(folder): not a folder of ballast (no \(missing)); give the folder that --out named"
        case .severalSweeps(let folder, let names):
            "\(folder): holds the folders of studies; give one of them: "
                + names.map { "\(folder)/\($0)" }.joined(separator: ", ")
        case .otherConfiguration(let folder, let difference):
            "\(folder): holds a run of another configuration (\(difference)); choose another --out"
        case .damaged(let file, let reason):
            "\(file): \(reason); restore it, or delete the folder to train anew"
        case .system(let path, let operation, let reason): "\(path): \(operation): \(reason)"
        }
    }
}
