import CKernels
public import Formats
import Foundation
import OrderedCollections
public import TensorFiles
import Tensors

/// Measures a checkpoint that any tool wrote.
///
/// One pass over the elements gives norms, largest magnitudes and channels; spectral norms take a few dozen
/// passes over each matrix in memory. The numbers do not depend on the number of threads.
public struct CheckpointInspector: Sendable {
    /// What is measured.
    public enum Depth: Sendable, Hashable {
        /// What one pass gives.
        case normsOnly
        /// Spectral norms by the method of Lanczos as well.
        case spectra
        /// Spectra by a decomposition in double: eight bytes of memory for each element of a matrix.
        case exactSpectra
    }

    /// The checkpoint.
    public let archive: TensorArchive
    /// What is measured.
    public var depth: Depth
    /// The threads that measure.
    public var threads: Int
    /// What the configuration says, and what the caller knows beside it.
    public var facts: ModelFacts

    let instructions: ck_isa

    /// Opens a checkpoint.
    ///
    /// - Parameters:
    ///   - path: A file, an index of shards, or a folder.
    ///   - depth: What is measured.
    ///   - threads: The threads that measure, at least 1.
    ///   - instructionSet: `portable`, `avx2` or `avx512`; nil for the best of this machine.
    /// - Throws: `FormatError` for what is damaged, not read, or without tensors.
    public init(
        path: String, depth: Depth = .spectra, threads: Int = 1, instructionSet: String? = nil
    ) throws(FormatError) {
        archive = try TensorArchive.open(path)
        guard !archive.tensors.isEmpty else {
            throw .missing(
                path: path, name: "tensor",
                advice: "it holds no weights; give the checkpoint that does")
        }
        facts = try ModelFacts(of: archive)
        self.depth = depth
        self.threads = max(threads, 1)
        instructions =
            switch instructionSet {
            case "portable": CK_PORTABLE
            case "avx2": CK_AVX2
            case "avx512": CK_AVX512
            default: ck_isa_best()
            }
    }

    /// Measures.
    ///
    /// - Throws: `FormatError` if a file cannot be read, or has become shorter since it was opened.
    public func inspect() throws(FormatError) -> CheckpointInspection {
        let all = Array(archive.tensors.values)
        let tensors = all.filter { !$0.name.hasPrefix("state/") }
        var notes = archive.notes
        if tensors.count < all.count {
            notes.append("\(all.count - tensors.count) tensors of the optimizer's state left out")
        }
        let family = FamilyCatalog.family(
            modelType: facts.modelType, names: tensors.map(\.name),
            fusedShape: tensors.first { $0.name.hasSuffix("attn.c_attn.weight") }?.shape.dimensions)
        let measurer = TensorMeasurer(
            archive: archive, threads: threads, instructions: instructions)
        let statistics = try measurer.statistics(of: tensors)
        let roles = family?.roles(of: tensors) ?? tensors.map { _ in nil }
        let measured = zip(tensors, zip(roles, statistics)).map { tensor, rest in
            MeasuredTensor(
                tensor: tensor, role: rest.0, statistics: rest.1,
                isTransposed: family?.isTransposed == true && Self.isProjection(rest.0))
        }
        let spectra = try spectra(of: measured, measurer)
        var inspected: [InspectedTensor] = []
        let parts = try parts(of: measured, family, measurer, &notes)
        for (index, item) in measured.enumerated() {
            inspected.append(
                InspectedTensor(
                    name: item.tensor.name, type: item.tensor.type, view: item.view,
                    shape: item.tensor.shape.dimensions, role: item.role,
                    isTransposed: item.isTransposed, statistics: item.statistics,
                    spectrum: spectra[index], facts: facts))
            inspected += parts[index] ?? []
        }
        var inspection = CheckpointInspection(
            path: archive.path, format: archive.kind.rawValue, family: family?.name, facts: facts,
            elements: tensors.reduce(0) { $0 + $1.shape.count }, tensors: inspected,
            attention: try attention(measured, family, measurer, &notes), findings: [],
            notes: notes)
        let unread = tensors.filter { !ElementDecoder.isReadable($0.type) }.count
        if unread > 0 {
            inspection.notes.append("\(unread) complex tensors not measured")
        }
        inspection.findings = CheckpointRule.all.flatMap { $0.find(inspection) }
        return inspection
    }

    private static func isProjection(_ role: TensorRole?) -> Bool {
        guard let role, !role.isBias, !role.kind.isNorm else { return false }
        return role.kind != .tokenEmbedding && role.kind != .positionEmbedding && role.kind != .head
    }
}

/// A tensor with what one pass says of it.
struct MeasuredTensor: Sendable {
    let tensor: StoredTensor
    let role: TensorRole?
    let statistics: TensorStatistics?
    let isTransposed: Bool

    var view: MatrixView { MatrixView(tensor.shape) }

    /// Whether there is a spectrum to ask for.
    var hasSpectrum: Bool {
        view.isMatrix && ElementDecoder.isFloatingPoint(tensor.type)
            && statistics.map { $0.nonFinite == 0 && $0.largest > 0 } ?? false
    }
}
