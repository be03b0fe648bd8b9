import Formats
import Foundation

/// Finds checkpoints that are folders of the ranks that trained.
enum ShardedFolder {
    /// Opens a folder.
    ///
    /// - Parameters:
    ///   - folder: The folder of a distributed checkpoint, of an iteration of Megatron's, or of all its iterations, of
    ///     which the newest whole one is taken.
    ///   - given: The path that a person gave.
    /// - Returns: Its tensors, or nil where it is none of these.
    /// - Throws: ``FormatError`` for one that is not whole, or damaged.
    static func open(_ folder: String, from given: String) throws(FormatError) -> TensorArchive? {
        let names = try AtomicFile.names(in: folder)
        if names.contains("checkpoints") { return nil }
        if DistributedCheckpoint.isOne(names) {
            return try DistributedCheckpoint.open(folder, from: given)
        }
        if names.contains(where: { $0.hasPrefix("mp_rank_") && !$0.hasSuffix(".pt") }) {
            return try MegatronCheckpoint.open(folder, names, from: given)
        }
        let tracker = folder + "/latest_checkpointed_iteration.txt"
        guard names.contains("latest_checkpointed_iteration.txt") else { return nil }
        let text = String(
            decoding: try WholeFile.start(64, of: tracker), as: UTF8.self
        ).trimmingCharacters(in: .whitespacesAndNewlines)
        let name = Int(text).map { number in
            "iter_" + String(repeating: "0", count: max(0, 7 - "\(number)".count)) + "\(number)"
        }
        guard let name = name ?? (text == "release" ? text : nil), names.contains(name) else {
            throw .missing(
                path: folder, name: name ?? "iteration '\(text.prefix(20))'",
                advice:
                    "latest_checkpointed_iteration.txt names it: give a folder iter_* that is there"
            )
        }
        let inner = folder + "/" + name
        let within = try AtomicFile.names(in: inner)
        // Another tracker below would lead on without end.
        guard !within.contains("latest_checkpointed_iteration.txt") else {
            throw ZipFile.corrupt(inner, "folder", "an iteration that holds iterations")
        }
        if let found = try open(inner, from: given) { return found }
        return try TensorArchive.open(try ArchiveFolder.file(of: inner), from: given)
    }
}
