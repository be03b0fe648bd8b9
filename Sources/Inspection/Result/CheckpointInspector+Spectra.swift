import CKernels
import Formats
import Foundation
import TensorFiles
import Tensors

extension CheckpointInspector {
    /// The spectra of matrices, nil elsewhere.
    func spectra(of measured: [MeasuredTensor], _ measurer: TensorMeasurer)
        throws(FormatError) -> [InspectedTensor.Spectrum?]
    {
        var spectra = [InspectedTensor.Spectrum?](repeating: nil, count: measured.count)
        guard depth != .normsOnly else { return spectra }
        // The largest first, so that no thread is left with it at the end.
        let order = measured.indices.filter { measured[$0].hasSpectrum }
            .sorted {
                (measured[$1].tensor.shape.count, $0) < (measured[$0].tensor.shape.count, $1)
            }
        let found = try measurer.concurrently(order.count) { place, _ throws(FormatError) in
            let item = measured[order[place]]
            let view = item.view
            let matrices = try matrices(of: item)
            let largest = item.statistics?.largest ?? 0
            let fans = InspectedTensor.fans(view, isTransposed: item.isTransposed)
            let best = matrices.map { spectrum(of: $0, largest: largest, fans) }
                .max { $0.norm < $1.norm }
            return best
        }
        for (index, spectrum) in zip(order, found) { spectra[index] = spectrum }
        return spectra
    }

    /// The matrices of a tensor, in memory.
    private func matrices(of item: MeasuredTensor) throws(FormatError) -> [MatrixRows] {
        let view = item.view
        if view.columns * item.tensor.type.bitCount % 8 != 0 {
            let floats = try archive.floats(of: item.tensor)
            return (0..<view.stack).map { place in
                MatrixRows(
                    Array(floats[place * view.count..<(place + 1) * view.count]), rows: view.rows,
                    columns: view.columns)
            }
        }
        let bytes = try archive.rowMajorBytes(of: item.tensor)
        let decoder = ElementDecoder(item.tensor.type, instructions: instructions)
        return (0..<view.stack).map { place in
            MatrixRows(
                bytes, decoder, rows: place * view.rows..<(place + 1) * view.rows,
                columns: view.columns)
        }
    }

    func spectrum(
        of matrix: MatrixRows, largest: Double, _ fans: (input: Int, output: Int)
    ) -> InspectedTensor.Spectrum {
        let toRMS = (Double(fans.input) / Double(fans.output)).squareRoot()
        var elements: [Double] = []
        var squares = 0.0
        unsafe matrix.forEach { _, row in
            for column in 0..<matrix.columns {
                let value = Double(unsafe row[column])
                squares += value * value
                if depth == .exactSpectra { elements.append(value) }
            }
        }
        guard depth == .exactSpectra else {
            let norm = SpectralNorm(of: matrix, largest: largest, instructions: instructions)
            return InspectedTensor.Spectrum(
                norm: norm.value, error: norm.error, rmsToRMS: toRMS * norm.value,
                stableRank: norm.value > 0 ? squares / (norm.value * norm.value) : 0)
        }
        let values = Bidiagonal(elements, rows: matrix.count, columns: matrix.columns)
            .singularValues
        let norm = values.first ?? 0
        let entropy = values.reduce(0.0) { sum, value in
            let share = squares > 0 ? value * value / squares : 0
            return share > 0 ? sum - share * log(share) : sum
        }
        return InspectedTensor.Spectrum(
            norm: norm, error: 0, rmsToRMS: toRMS * norm,
            stableRank: norm > 0 ? squares / (norm * norm) : 0, smallest: values.last,
            entropy: values.count > 1 ? entropy / log(Double(values.count)) : nil)
    }
}
