import Formats
import TensorFiles
import Tensors

extension CheckpointInspector {
    /// Queries, keys and values of fused projections, by the place of the tensor.
    func parts(
        of measured: [MeasuredTensor], _ family: ModelFamily?, _ measurer: TensorMeasurer,
        _ notes: inout [String]
    ) throws(FormatError) -> [Int: [InspectedTensor]] {
        guard let family else { return [:] }
        let fused = measured.indices.filter {
            measured[$0].role?.kind == .queryKeyValue && measured[$0].role?.isBias == false
                && measured[$0].hasSpectrum
        }
        guard let first = fused.first else { return [:] }
        guard let heads = facts.heads, let headDimension = facts.headDimension else {
            notes.append(
                "\(measured[first].tensor.name) and its kind: which rows are queries, keys and values "
                    + "needs the number of heads, from config.json")
            return [:]
        }
        let keyHeads = facts.keyHeads ?? heads
        let found = try measurer.concurrently(fused.count) { place, _ throws(FormatError) in
            let item = measured[fused[place]]
            let (floats, rows, columns) = try projection(item)
            guard
                let parts = FusedRows(
                    family.fused, rows: rows, heads: heads, keyHeads: keyHeads,
                    headDimension: headDimension)
            else { return [InspectedTensor]() }
            let kinds: [(TensorRole.Kind, [Int])] = [
                (.query, parts.query), (.key, parts.key), (.value, parts.value),
            ]
            return kinds.map { kind, indices in
                part(
                    kind, of: item, indices.flatMap { floats[$0 * columns..<($0 + 1) * columns] },
                    rows: indices.count, columns: columns)
            }
        }
        if found.contains(where: \.isEmpty) {
            notes.append(
                "fused projections have another number of rows than \(heads) heads of "
                    + "\(headDimension) need: not divided")
        }
        return Dictionary(zip(fused, found)) { first, _ in first }
    }

    private func part(
        _ kind: TensorRole.Kind, of item: MeasuredTensor, _ floats: [Float], rows: Int, columns: Int
    ) -> InspectedTensor {
        let view = MatrixView([rows, columns])
        var tally = Tally()
        tally.rows = Array(repeating: 0, count: rows)
        tally.columns = Array(repeating: 0, count: columns)
        for (index, value) in floats.enumerated() {
            let square = Double(value) * Double(value)
            tally.squares += square
            tally.largest = max(tally.largest, Double(value.magnitude))
            tally.rows[index / columns] += square
            tally.columns[index % columns] += square
        }
        let statistics = TensorStatistics(tally, count: rows * columns, view)
        let spectrum =
            depth == .normsOnly
            ? nil
            : spectrum(
                of: MatrixRows(floats, rows: rows, columns: columns), largest: tally.largest,
                (columns, rows))
        return InspectedTensor(
            name: "\(item.tensor.name)[\(kind.rawValue)]", type: item.tensor.type, view: view,
            shape: [rows, columns],
            role: item.role.map { TensorRole(kind: kind, layer: $0.layer, isBias: false) },
            isPart: true, isTransposed: false, statistics: statistics, spectrum: spectrum,
            facts: facts)
    }

    /// A projection as floats, a row an output.
    func projection(_ item: MeasuredTensor) throws(FormatError)
        -> (floats: [Float], rows: Int, columns: Int)
    {
        let floats = try archive.floats(of: item.tensor)
        let view = item.view
        guard item.isTransposed else { return (floats, view.rows, view.columns) }
        var turned = [Float](repeating: 0, count: floats.count)
        for row in 0..<view.rows {
            for column in 0..<view.columns {
                turned[column * view.rows + row] = floats[row * view.columns + column]
            }
        }
        return (turned, view.columns, view.rows)
    }
}
