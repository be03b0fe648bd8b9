import Formats
import Foundation
import Statistics
import TensorFiles

/// What is known of one tensor of a checkpoint, or of a part of a fused one.
public struct InspectedTensor: Sendable, Hashable, Codable {
    /// The spectrum of a matrix.
    public struct Spectrum: Sendable, Hashable, Codable {
        /// The largest singular value; over a stack of matrices, the largest of all.
        public var norm: Double
        /// How far it may be off, relative to it; zero of an exact decomposition.
        public var error: Double
        /// `√(fan-in / fan-out) ‖W‖`: how far outputs move in root mean square when inputs do by one.
        public var rmsToRMS: Double
        /// `‖W‖_F² / ‖W‖²`, from 1 to the rank.
        public var stableRank: Double
        /// The smallest singular value, of an exact decomposition.
        public var smallest: Double?
        /// The entropy of the squares of the singular values over its largest, `log n` (arXiv 2502.16982);
        /// of an exact decomposition.
        public var entropy: Double?

        // A spelling that snake case gives back.
        private enum CodingKeys: String, CodingKey {
            case norm, error, rmsToRMS = "rmsToRms", stableRank, smallest, entropy
        }
    }

    /// What theory expects of the size of a weight; each as measured over expected.
    public struct Expectations: Sendable, Hashable, Codable {
        /// The RMS-to-RMS norm over 1, or the largest row of an embedding over 1: the modular norm keeps it
        /// there (arXiv 2410.21265), and the spectral condition of muP asks for the order of 1 (2310.17813).
        public var modularNorm: Double?
        /// The root mean square over that of muP's start: `1/√fan-in`, `1/fan-in` for the head, 1 for an
        /// embedding.
        public var muPStart: Double?
        /// The root mean square over where AdamW comes to rest, `√(η/2λ)` (arXiv 2305.17212); nil where
        /// the learning rate or the decay is not known.
        public var equilibrium: Double?
    }

    /// The name.
    public var name: String
    /// The kind of number, as safetensors spells it.
    public var type: String
    /// The extents.
    public var shape: [Int]
    /// What it does; nil where the name is of no known family.
    public var role: TensorRole?
    /// Whether it is a part of the tensor before it.
    public var isPart: Bool
    /// The numbers of one pass; nil for types that are not measured.
    public var statistics: TensorStatistics?
    /// The spectrum; nil for vectors, and where it was not asked for.
    public var spectrum: Spectrum?
    /// What theory expects.
    public var expectations: Expectations
    /// `log₂(largest of a format / largest magnitude)`, in octaves, by format.
    public var headroom: [String: Double]

    /// The spread over input channels, whatever the orientation in the file.
    public var inputChannels: TensorStatistics.Channels?
    /// The spread over output channels.
    public var outputChannels: TensorStatistics.Channels?

    /// Largest over median channel, of inputs or outputs, whichever is more; nil where neither has a
    /// median.
    public var hotChannels: Double? {
        [inputChannels?.ratio, outputChannels?.ratio].compactMap { $0 }.max()
    }

    /// The parts, fan-in and fan-out of what a shape is as a matrix.
    static func fans(_ view: MatrixView, isTransposed: Bool) -> (input: Int, output: Int) {
        isTransposed ? (view.rows, view.columns) : (view.columns, view.rows)
    }

    init(
        name: String, type: SafetensorsType, view: MatrixView, shape: [Int], role: TensorRole?,
        isPart: Bool = false, isTransposed: Bool, statistics: TensorStatistics?,
        spectrum: Spectrum?, facts: ModelFacts
    ) {
        self.name = name
        self.type = type.rawValue
        self.shape = shape
        self.role = role
        self.isPart = isPart
        self.statistics = statistics
        self.spectrum = spectrum
        headroom = [:]
        expectations = Expectations()
        guard let statistics else { return }
        inputChannels = isTransposed ? statistics.rows : statistics.columns
        outputChannels = isTransposed ? statistics.columns : statistics.rows
        if statistics.largest > 0 {
            for format in NumberFormat.allCases {
                headroom[format.rawValue] = log2(format.largest / statistics.largest)
            }
        }
        let size = statistics.rootMeanSquare
        let fanIn = Double(Self.fans(view, isTransposed: isTransposed).input)
        guard let role, !role.isBias, !role.kind.isNorm, view.isMatrix, fanIn > 0, size > 0 else {
            return
        }
        switch role.kind {
        case .tokenEmbedding, .positionEmbedding:
            expectations.modularNorm = statistics.rows?.largest
            expectations.muPStart = size
        case .head:
            expectations.modularNorm = spectrum?.rmsToRMS
            expectations.muPStart = size * fanIn
        default:
            expectations.modularNorm = spectrum?.rmsToRMS
            expectations.muPStart = size * fanIn.squareRoot()
        }
        if let rate = facts.learningRate, let decay = facts.weightDecay, rate > 0, decay > 0 {
            expectations.equilibrium = size / (rate / (2 * decay)).squareRoot()
        }
    }
}
