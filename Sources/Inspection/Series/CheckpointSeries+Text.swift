extension CheckpointSeries {
    /// The series as text that fits a width.
    public func text(columns width: Int) -> String {
        let range = "\(steps.first ?? 0) to \(steps.last ?? 0)"
        var text = "\(steps.count) checkpoints, steps \(range), \(tensors.count) tensors\n\n"
        text += trendTable.text(width: width)
        text += CheckpointInspection.wrapped(
            "growth: p of rms ~ step^p, with its 95% interval. leaves: the step at which the largest "
                + "magnitude passes what the format holds, as it grows now.", width)
        text += "\n"
        let unchanged = tensors.filter(\.isUnchanged).map(\.name)
        if !unchanged.isEmpty {
            text += CheckpointInspection.wrapped(
                "WARNING  \(unchanged.count) tensors have the same bytes in the first and the last "
                    + "checkpoint: \(unchanged.prefix(5).joined(separator: ", "))"
                    + (unchanged.count > 5 ? ", ..." : "") + ". Are they in the optimizer?", width,
                indent: 4)
        }
        for tensor in tensors where tensor.departs {
            let exponent = NumberText.short(tensor.growth?.exponent ?? 0)
            text += CheckpointInspection.wrapped(
                "WARNING  \(tensor.name) grows as step^\(exponent), unlike the same part of the other "
                    + "layers.", width, indent: 4)
        }
        for note in notes {
            text += CheckpointInspection.wrapped("Note: \(note).", width, indent: 4)
        }
        return text
    }

    private var trendTable: TerminalColumns {
        var table = TerminalColumns()
        table.add("tensor", priority: 0, alignsLeft: true) {
            tensors.map { CheckpointInspection.short($0.name) }
        }
        table.add("first rms", priority: 3) {
            tensors.map { NumberText.short($0.sizes.first ?? 0) }
        }
        table.add("last rms", priority: 1) {
            tensors.map { NumberText.short($0.sizes.last ?? 0) }
        }
        table.add("growth", priority: 0) {
            tensors.map { $0.growth.map { NumberText.short($0.exponent) } ?? "-" }
        }
        table.add("95% interval", priority: 1, alignsLeft: true) {
            tensors.map { tensor in
                guard let low = tensor.growth?.low, let high = tensor.growth?.high else {
                    return "-"
                }
                return "\(NumberText.short(low)) to \(NumberText.short(high))"
            }
        }
        if tensors.contains(where: { $0.spectralGrowth != nil }) {
            table.add("spectral", priority: 4) {
                tensors.map { $0.spectralGrowth.map { NumberText.short($0.exponent) } ?? "-" }
            }
        }
        for format in ["fp16", "e4m3"] {
            table.add("leaves \(format)", priority: format == "fp16" ? 2 : 5) {
                tensors.map { $0.leaves[format].map { NumberText.short($0) } ?? "-" }
            }
        }
        return table
    }
}
