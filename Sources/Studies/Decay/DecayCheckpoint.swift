public import Formats
import Foundation
import OrderedCollections
import Reports
import Sweeps
import Tensors

/// A run of a decay study on its way, at the end of a window: all that it needs to go on.
///
/// Windows are averaged over whole, so that a run that goes on from here measures the same bits.
public struct DecayCheckpoint: Sendable {
    /// What was measured so far.
    public var record: DecayRecord
    /// `parameter/PATH` and `state/SLOT/PATH`.
    var tensors: ParameterTree

    /// Steps taken.
    public var step: Int { record.steps.last ?? 0 }

    init(record: DecayRecord, tensors: ParameterTree) {
        self.record = record
        self.tensors = tensors
    }

    private static let format = "ballast-decay-checkpoint-1"

    /// Writes a safetensors file, whole or not at all.
    ///
    /// - Parameter path: The file.
    /// - Throws: What the file system refused, and a measured number that is not finite.
    public func write(to path: String) throws(FormatError) {
        guard let data = try? JSONEncoder().encode(record) else {
            throw .unsupported(
                path: path, place: "record", found: "a number that is not finite",
                advice: "lower the learning rate of this recipe")
        }
        try Safetensors.write(
            tensors,
            metadata: ["format": Self.format, "record": String(decoding: data, as: UTF8.self)],
            to: path)
    }

    /// Reads a file and checks the digest of each tensor.
    ///
    /// - Parameter path: The file.
    /// - Throws: `FormatError` for a file that is damaged or not of a decay study.
    public init(path: String) throws(FormatError) {
        let file = try SafetensorsFile(path: path)
        let advice = "delete it to start the run over"
        guard file.metadata["format"] == Self.format else {
            throw .unsupported(
                path: path, place: "metadata entry format",
                found: "\"\(file.metadata["format"] ?? "")\"", advice: advice)
        }
        try file.verifyDigests()
        let text = file.metadata["record"] ?? ""
        guard let record = try? JSONDecoder().decode(DecayRecord.self, from: Data(text.utf8)),
            !record.steps.isEmpty
        else {
            throw .corrupt(
                path: path, place: "metadata entry record", found: "no measured windows",
                advice: advice)
        }
        self.record = record
        tensors = try file.tensors()
    }
}
