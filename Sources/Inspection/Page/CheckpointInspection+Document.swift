public import Documents
import Foundation

extension CheckpointInspection {
    /// The inspection as a page: findings, heat maps over blocks and parts, attention logits, tensors.
    ///
    /// - Parameter origin: How it was made; nil where that is not known.
    /// - Returns: The document.
    public func document(origin: ReportOrigin? = nil) -> Document {
        var document = Document(
            kind: "inspection", title: "Weights of \((path as NSString).lastPathComponent)",
            badge: badge,
            lead: lead, tiles: tiles, files: ["inspection.json", "tensors.csv"],
            conventions:
                "Weights are measured as they are stored, in the order (out, in) whatever the file's. Logits "
                + "are scale times q·k after norm and rotation.", origin: origin)
        document.sections = sections
        return document
    }

    private var badge: Badge {
        let severe = findings.filter { $0.severity != .note }
        guard let first = severe.first else { return Badge("NO FINDINGS", .good) }
        let isAlarm = severe.contains { $0.severity == .alarm } || first.severity == .alarm
        return Badge(
            severe.count == 1 ? "1 FINDING" : "\(severe.count) FINDINGS", isAlarm ? .bad : .open)
    }

    private var lead: [String] {
        let worst =
            findings.filter { $0.severity == .alarm } + findings.filter { $0.severity == .warning }
        return worst.first.map { [$0.sentences] }
            ?? ["Nothing in the weights calls for a change."]
    }

    private var tiles: [(number: String, label: String)] {
        [
            (NumberText.count(elements), "elements"),
            ("\(tensors.count { !$0.isPart })", "tensors"),
            (family ?? "unknown", "naming of tensors"),
            (Set(tensors.map(\.type)).sorted().joined(separator: ", "), "types"),
        ]
    }

    /// Everything below the head of the page.
    var sections: [Document.Section] {
        var sections: [Document.Section] = []
        if !findings.isEmpty { sections.append(.init("Findings", [.table(findingTable)])) }
        let figures = InspectionFigures(self)
        let maps = figures.all
        if !maps.isEmpty {
            sections.append(
                .init(
                    "Blocks and their parts",
                    [.note("A column is a block, a row a part of it; blank where there is none.")]
                        + maps.flatMap { [.heading($0.title), .figure($0)] }))
        }
        if let logits = figures.attention {
            sections.append(
                .init("Attention logits", [.figure(logits), .table(attentionTable)]))
        }
        let outside = tensors.filter { LayerGrid.place(of: $0.name, $0.role) == nil && !isBias($0) }
        if !outside.isEmpty, !maps.isEmpty {
            sections.append(.init("Outside of blocks", [.table(table(outside, most: 40))]))
        }
        sections.append(
            .init("All tensors", isDetail: true, [.table(table(tensors, most: Self.mostRows))]))
        if !notes.isEmpty { sections.append(.init("Notes", [.list(notes.map { "\($0)." })])) }
        return sections
    }

    /// So many tensors a page holds; the file has all.
    private static let mostRows = 1500

    private func isBias(_ tensor: InspectedTensor) -> Bool {
        tensor.role?.isBias ?? tensor.name.hasSuffix("bias")
    }

    private var findingTable: Table {
        let order: [CheckpointFinding.Severity] = [.alarm, .warning, .note]
        let sorted = order.flatMap { severity in findings.filter { $0.severity == severity } }
        let tones: [CheckpointFinding.Severity: Badge.Tone] = [
            .alarm: .bad, .warning: .open, .note: .good,
        ]
        return Table(
            [.word("severity"), .prose("what was found"), .prose("what to do"), .word("source")],
            sorted.prefix(200).map { finding in
                [
                    Table.Cell(
                        Badge(finding.severity.rawValue, tones[finding.severity] ?? .open)),
                    Table.Cell(finding.summary + "."), Table.Cell(finding.advice.endingSentence),
                    Table.Cell("arXiv \(finding.source)", .muted),
                ]
            },
            note: findings.count > 200
                ? "\(findings.count - 200) more are in inspection.json." : nil)
    }

    private var attentionTable: Table {
        Table(
            [
                .number("block"), .number("typical, largest head"), .number("bound, largest head"),
                .number("head"), .word("bound by"),
            ],
            attention.map { layer in
                [
                    "\(layer.layer)", Table.Cell(NumberText.short(layer.typical.max() ?? 0)),
                    Table.Cell(NumberText.short(layer.largest)), "\(layer.head)",
                    Table.Cell(layer.basis.rawValue.split(separator: "_").joined(separator: " ")),
                ]
            }, isSortable: true, isDetail: true)
    }

    private func table(_ tensors: [InspectedTensor], most: Int) -> Table {
        func number(_ value: Double?) -> Table.Cell {
            Table.Cell(value.map(NumberText.short) ?? "")
        }
        let rows = tensors.prefix(most).map { tensor -> [Table.Cell] in
            let role = tensor.role.map { $0.kind.rawValue + ($0.isBias ? " bias" : "") } ?? ""
            return [
                Table.Cell(tensor.name, .code), Table.Cell(role, .muted),
                Table.Cell(tensor.shape.map(String.init).joined(separator: " x ")),
                Table.Cell(tensor.type), number(tensor.statistics?.rootMeanSquare),
                number(tensor.statistics?.largest), number(tensor.spectrum?.norm),
                number(tensor.spectrum?.rmsToRMS), number(tensor.spectrum?.stableRank),
                number(tensor.hotChannels), number(tensor.headroom["fp16"]),
                number(tensor.headroom["e4m3"]), number(tensor.expectations.muPStart),
            ]
        }
        return Table(
            [
                .word("tensor"), .word("role"), .word("shape"), .word("type"), .number("RMS"),
                .number("largest"), .number("spectral norm"), .number("RMS-to-RMS"),
                .number("stable rank"), .number("hot channel"), .number("fp16, octaves"),
                .number("e4m3, octaves"), .number("x muP's start"),
            ], rows,
            note: tensors.count > most
                ? "\(tensors.count - most) more are in tensors.csv." : nil, isSortable: true)
    }
}
