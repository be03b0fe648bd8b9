import Documents
import Foundation
import Statistics
import Sweeps

extension CoordinateCheckReport {
    /// A coordinate check as a page.
    func page(_ check: CoordinateCheck.Result, _ origin: ReportOrigin) -> Document {
        let figure = ActivationsAgainstSize(check)
        let drawing = figure.draw()
        var page = Document(
            kind: "coordinate check",
            title: "Do activations keep their size when the \(check.axis.rawValue) grows?",
            badge: Badge(check.verdict),
            lead: [
                drawing.finding.map { $0.replacing("\(check.verdict.rawValue): the", with: "The") }
            ]
            .compactMap(\.self),
            files: ["coordcheck.json", "coordcheck.csv"],
            conventions: "Sizes are means of |x| on one batch.", origin: origin)
        var shown = drawing
        shown.finding = nil
        page.sections = [
            .init("Slopes", [.markup(slopes(check))]),
            .init(figure.title, [.figure(DrawnFigure(figure, shown))]),
        ]
        return page
    }

    private func slopes(_ check: CoordinateCheck.Result) -> String {
        let steps = Set(check.slopes.map(\.step)).sorted()
        let names = check.slopes.reduce(into: [String]()) { names, slope in
            if !names.contains(slope.activation) { names.append(slope.activation) }
        }
        let rows = names.map { name -> [String] in
            let own = check.slopes.filter { $0.activation == name }
            return [HTML.escaped(name), Badge(CoordinateCheck.Verdict(own)).markup]
                + steps.map { step in
                    guard let slope = own.first(where: { $0.step == step }),
                        let mean = slope.mean
                    else { return "-" }
                    let text = NumberText.hundredths(mean)
                    guard let low = slope.low, let high = slope.high else { return text }
                    return text
                        + "<small>\(NumberText.hundredths(low)) to \(NumberText.hundredths(high))</small>"
                }
        }
        let extents = NumberText.list(check.extents.map(String.init))
        return HTML.table(
            head: ["activation", "verdict"] + steps.map { "step \($0)" }, rows: rows, labels: 2)
            + "<p class=\"muted\">Slopes of log mean |x| against log \(check.axis.rawValue) over "
            + "\(extents), \(check.seeds) seeds, below each its 95% interval; from step 1 on slopes "
            + "within ±\(NumberText.setting(check.threshold)) pass.</p>\n"
    }
}
