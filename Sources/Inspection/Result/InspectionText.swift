extension CheckpointInspection {
    /// The inspection as text: tensors, attention logits, findings.
    ///
    /// - Parameter width: The columns to fit; numbers that matter less are left out until it does.
    /// - Returns: Lines, each ended by a line feed.
    public func text(columns width: Int) -> String {
        var text = "\(path): \(format), \(tensors.count { !$0.isPart }) tensors, "
        text += "\(NumberText.count(elements)) elements"
        text += family.map { ", \($0)'s names" } ?? ", names of no known family"
        text += "\n\n" + tensorTable.text(width: width)
        if !tensorTable.omitted(width: width).isEmpty {
            let names = tensorTable.omitted(width: width).joined(separator: ", ")
            text += Self.wrapped("Left out to fit the width: \(names); --csv has all.", width)
        }
        text += Self.wrapped(legend, width)
        if !attention.isEmpty { text += "\n" + attentionText(width) }
        text += "\n"
        if findings.isEmpty { text += "No findings.\n" }
        for finding in findings.prefix(Self.mostFindings) {
            text += Self.wrapped(
                "\(finding.severity.rawValue.uppercased())  \(finding.sentences)"
                    + " [arXiv \(finding.source)]", width, indent: 4)
        }
        if findings.count > Self.mostFindings {
            text += "... and \(findings.count - Self.mostFindings) more findings; --json has all.\n"
        }
        for note in notes { text += Self.wrapped("Note: \(note).", width, indent: 4) }
        return text
    }

    private static let mostFindings = 20

    /// A name without what all have.
    static func short(_ name: String) -> String {
        let bare = ModelFamily.bare(name)
        return bare.hasSuffix(".weight") ? String(bare.dropLast(7)) : bare
    }

    private var hasSpectra: Bool { tensors.contains { $0.spectrum != nil } }

    private var tensorTable: TerminalColumns {
        func number(_ value: Double?) -> String { value.map(NumberText.short) ?? "-" }
        func octaves(_ tensor: InspectedTensor, _ format: String) -> String {
            tensor.headroom[format].map { String(Int($0.rounded(.down).clamped(to: -999...999))) }
                ?? "-"
        }
        var table = TerminalColumns()
        table.add("tensor", priority: 0, alignsLeft: true) {
            tensors.map {
                $0.isPart ? "  " + ($0.role?.kind.rawValue ?? $0.name) : Self.short($0.name)
            }
        }
        table.add("role", priority: 9, alignsLeft: true) {
            tensors.map { $0.role.map { $0.kind.rawValue + ($0.isBias ? " bias" : "") } ?? "-" }
        }
        table.add("shape", priority: 2) {
            tensors.map { $0.shape.map(String.init).joined(separator: "x") }
        }
        table.add("type", priority: 5, alignsLeft: true) { tensors.map(\.type) }
        table.add("rms", priority: 1) { tensors.map { number($0.statistics?.rootMeanSquare) } }
        table.add("Frobenius", priority: 10) { tensors.map { number($0.statistics?.frobenius) } }
        table.add("max", priority: 2) { tensors.map { number($0.statistics?.largest) } }
        if hasSpectra {
            table.add("spectral", priority: 3) { tensors.map { number($0.spectrum?.norm) } }
            table.add("rms>rms", priority: 1) { tensors.map { number($0.spectrum?.rmsToRMS) } }
            table.add("srank", priority: 3) { tensors.map { number($0.spectrum?.stableRank) } }
        }
        table.add("x muP", priority: 6) { tensors.map { number($0.expectations.muPStart) } }
        if tensors.contains(where: { $0.expectations.equilibrium != nil }) {
            table.add("x AdamW", priority: 2) {
                tensors.map { number($0.expectations.equilibrium) }
            }
        }
        table.add("hot", priority: 4) { tensors.map { number($0.hotChannels) } }
        table.add("fp16", priority: 7) { tensors.map { octaves($0, "fp16") } }
        table.add("e4m3", priority: 4) { tensors.map { octaves($0, "e4m3") } }
        table.add("bf16", priority: 11) { tensors.map { octaves($0, "bf16") } }
        return table
    }

    private var legend: String {
        var text =
            "max: largest magnitude. hot: largest channel over the median. fp16, e4m3, bf16: "
        text += "headroom in octaves. x muP: rms over that of muP's start."
        if hasSpectra {
            text += " rms>rms: RMS-to-RMS norm, 1 for the modular norm. srank: stable rank."
        }
        if tensors.contains(where: { $0.expectations.equilibrium != nil }) {
            text += " x AdamW: rms over AdamW's steady state."
        }
        return text
    }

    private func attentionText(_ width: Int) -> String {
        var table = TerminalColumns()
        let shown = attention.sorted {
            ($0.typical.max() ?? 0, $0.largest) > ($1.typical.max() ?? 0, $1.largest)
        }.prefix(8)
        table.add("layer", priority: 0) { shown.map { String($0.layer) } }
        table.add("typical", priority: 0) { shown.map { NumberText.short($0.typical.max() ?? 0) } }
        table.add("bound", priority: 0) { shown.map { NumberText.short($0.largest) } }
        table.add("head", priority: 1) { shown.map { String($0.head) } }
        table.add("by", priority: 2, alignsLeft: true) { shown.map(\.basis.rawValue) }
        let more = attention.count - shown.count
        return "Attention logits by weights alone, the largest head of a layer"
            + (more > 0 ? " (\(more) layers with smaller ones left out)" : "") + "\n"
            + table.text(width: width)
            + Self.wrapped(
                "typical: root mean square over inputs in no particular direction. bound: no input "
                    + "gives more. Runs whose logits passed 1e4 diverged [arXiv 2309.14322].", width
            )
    }

    /// Words in lines of a width, those after the first indented.
    static func wrapped(_ text: String, _ width: Int, indent: Int = 0) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > max(width, 40) {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return (lines + [line]).joined(separator: "\n") + "\n"
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? 0 : min(max(self, range.lowerBound), range.upperBound)
    }
}
