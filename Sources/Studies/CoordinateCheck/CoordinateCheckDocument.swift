public import Documents
public import Formats
import Foundation
import Reports
public import Statistics
public import Sweeps
import TransferStudies

extension CoordinateCheck.Result: StudyResult {
    /// `coordcheck`.
    public static let name = "coordcheck"
    /// `report.html`; one of its own name in the folder of a study, whose page that is.
    public static func page(in folder: String) -> String {
        FileManager.default.fileExists(atPath: folder + "/sweep.json")
            ? "coordcheck.html" : "report.html"
    }
    /// FAIL if any slope after step 0 fails, PASS if all pass.
    public var overall: Verdict? { verdict }

    /// All measurements.
    public var tables: [String: CSVTable] {
        var table = CSVTable(
            columns: [axis.rawValue, "seed", "step", "activation", "size", "change"])
        for point in points {
            table.append([
                .integer(point.extent), .integer(Int(clamping: point.seed)), .integer(point.step),
                .text(point.activation), .number(point.size), .number(point.change),
            ])
        }
        return ["coordcheck.csv": table]
    }

    /// The slopes of each activation, and the sizes that they are of.
    public var document: Document {
        let figure = ActivationsAgainstSize(self)
        var drawing = figure.draw()
        let exceeding = activations.count { $0.verdict == .fail }
        let count =
            "\(exceeding) of \(NumberText.count(activations.count, "activation")) exceed "
            + "±\(NumberText.setting(threshold))."
        let steepest = drawing.finding.map {
            $0.replacing("\(verdict.rawValue): the", with: "The")
        }
        drawing.finding = nil
        var page = Document(
            kind: "coordinate check",
            title: "Do activation sizes stay constant as the \(axis.rawValue) grows?",
            badge: Badge(verdict), lead: [count, steepest].compactMap(\.self),
            files: [Self.file, "coordcheck.csv"],
            conventions: "Sizes are means of |x| on one batch.")
        page.sections = [
            .init(
                figure.title,
                [.figure(DrawnFigure(name: figure.name, title: figure.title, drawing: drawing))]),
            .init("Slopes", [.table(table)]),
        ]
        return page
    }

    private var table: Table {
        let steps = Set(slopes.map(\.step)).sorted()
        let columns = steps.enumerated().map { index, step in
            // The last steps stay longest.
            Table.Column.number("step \(step)", priority: steps.count - index)
        }
        let rows = activations.map { entry -> [Table.Cell] in
            let own = slopes.filter { $0.activation == entry.activation }
            return [Table.Cell(entry.activation), Table.Cell(Badge(entry.verdict))]
                + steps.map { step in cell(own.first { $0.step == step }) }
        }
        let extents = NumberText.list(extents.map(String.init))
        return Table(
            [.word("activation"), .word("verdict")] + columns, rows,
            note: "Slopes of log mean |x| against log \(axis.rawValue) over \(extents), "
                + "\(seeds) seeds, below each its 95% interval; from step 1 on slopes within "
                + "±\(NumberText.setting(threshold)) pass.")
    }

    private func cell(_ slope: CoordinateCheck.Slope?) -> Table.Cell {
        guard let slope, let mean = slope.mean else { return "-" }
        guard let low = slope.low, let high = slope.high else {
            return Table.Cell(NumberText.hundredths(mean))
        }
        return Table.Cell(
            NumberText.hundredths(mean),
            detail: "\(NumberText.hundredths(low)) to \(NumberText.hundredths(high))")
    }
}
