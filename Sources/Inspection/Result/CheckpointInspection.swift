public import Formats
import Foundation

/// What inspecting a checkpoint came to.
///
/// ```swift
/// let inspection = try CheckpointInspector(path: "Qwen3-0.6B").inspect()
/// print(inspection.text(columns: 100))
/// for finding in inspection.findings where finding.severity == .alarm { print(finding.summary) }
/// ```
public struct CheckpointInspection: Sendable, Hashable, Codable {
    /// The version of this document.
    public var schema = "ballast-inspection-1"
    /// The path inspected.
    public var path: String
    /// The format of the files.
    public var format: String
    /// The family whose names the tensors have; nil where none fits.
    public var family: String?
    /// What the configuration says.
    public var facts: ModelFacts
    /// Elements over all tensors; parts are not counted twice.
    public var elements: Int
    /// The tensors in the order of the file, the parts of a fused one after it.
    public var tensors: [InspectedTensor]
    /// Bounds on attention logits, one a layer.
    public var attention: [AttentionLogitBound]
    /// What is worth a look.
    public var findings: [CheckpointFinding]
    /// What was left out, and why.
    public var notes: [String]

    /// The document as JSON, keys in snake case.
    public func json() throws -> String { try SnakeCaseJSON.text(self) }

    /// The tensors as a table, a row each.
    public var table: CSVTable {
        var table = CSVTable(columns: [
            "name", "role", "layer", "expert", "type", "shape", "count", "rms", "frobenius",
            "largest", "spectral", "spectral_error", "rms_to_rms", "stable_rank",
            "non_finite_share", "headroom_bf16", "headroom_fp16", "headroom_e4m3", "headroom_e5m2",
            "hot_input", "hot_input_channel", "hot_output", "hot_output_channel", "modular_norm",
            "mup_start", "equilibrium",
        ])
        for tensor in tensors {
            let numbers = tensor.statistics
            let inputs = tensor.inputChannels
            let outputs = tensor.outputChannels
            table.append([
                .text(tensor.name),
                .text(tensor.role.map { $0.kind.rawValue + ($0.isBias ? ".bias" : "") } ?? ""),
                .optional(tensor.role?.layer), .optional(tensor.role?.expert), .text(tensor.type),
                .text(tensor.shape.map(String.init).joined(separator: "x")),
                .integer(tensor.shape.reduce(1, *)), .optional(numbers?.rootMeanSquare),
                .optional(numbers?.frobenius), .optional(numbers?.largest),
                .optional(tensor.spectrum?.norm), .optional(tensor.spectrum?.error),
                .optional(tensor.spectrum?.rmsToRMS), .optional(tensor.spectrum?.stableRank),
                .optional(numbers?.nonFiniteShare), .optional(tensor.headroom["bf16"]),
                .optional(tensor.headroom["fp16"]), .optional(tensor.headroom["e4m3"]),
                .optional(tensor.headroom["e5m2"]), .optional(inputs?.ratio),
                .optional(inputs?.index), .optional(outputs?.ratio), .optional(outputs?.index),
                .optional(tensor.expectations.modularNorm), .optional(tensor.expectations.muPStart),
                .optional(tensor.expectations.equilibrium),
            ])
        }
        return table
    }
}

extension CSVTable.Field {
    fileprivate static func optional(_ value: Double?) -> CSVTable.Field {
        value.map { .number($0) } ?? .empty
    }
    fileprivate static func optional(_ value: Int?) -> CSVTable.Field {
        value.map { .integer($0) } ?? .empty
    }
}
