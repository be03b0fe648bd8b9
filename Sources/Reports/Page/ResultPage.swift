import Formats
import Foundation

/// A result as a page: the verdict with its reason, numbers, sections of words, tables and figures, and
/// how it was made.
struct ResultPage {
    /// What kind of result this is, as `horizon`.
    let kind: String
    /// The heading, as text.
    let title: String
    /// What the result comes to; nil where nothing is judged.
    var badge: Badge?
    /// Sentences beside it, as text.
    var lead: [String] = []
    /// Numbers that are to be seen first.
    var tiles: [(number: String, label: String)] = []
    /// What follows.
    var sections: [Section] = []
    /// The files that stand beside the page, as `horizon.json`.
    var files: [String] = []
    /// Units and conventions, as text.
    var conventions = ""
    /// How it was made.
    let origin: ReportOrigin

    /// A part of the page under a heading.
    struct Section {
        /// The heading, as text.
        var heading: String
        /// What it comes to.
        var badge: Badge?
        /// What it holds.
        var pieces: [Piece]

        /// Gathers pieces under a heading.
        init(_ heading: String, badge: Badge? = nil, _ pieces: [Piece]) {
            self.heading = heading
            self.badge = badge
            self.pieces = pieces
        }
    }

    /// A piece of a section.
    enum Piece {
        /// Markup.
        case markup(String)
        /// A figure.
        case figure(DrawnFigure)

        /// A paragraph of text.
        static func text(_ text: String) -> Piece { .markup("<p>\(HTML.escaped(text))</p>\n") }
        /// A paragraph of small print.
        static func note(_ text: String) -> Piece {
            .markup("<p class=\"muted\">\(HTML.escaped(text))</p>\n")
        }
        /// A heading of the second order.
        static func heading(_ text: String, badge: Badge? = nil) -> Piece {
            .markup("<h3>\(HTML.escaped(text)) \(badge?.markup ?? "")</h3>\n")
        }
    }

    /// The figures, in the order of the page.
    var figures: [DrawnFigure] {
        sections.flatMap(\.pieces).compactMap { piece in
            if case .figure(let figure) = piece { figure } else { nil }
        }
    }

    /// The page with its figures.
    private func text(_ figures: PageFigures) -> String {
        var content = ""
        if let badge {
            let sentences = lead.map { "<p class=\"lead\">\(HTML.escaped($0))</p>" }
            content +=
                "<div class=\"answer\">\(badge.markup)<div>\(sentences.joined())</div></div>\n"
        } else {
            content += lead.map { "<p class=\"lead\">\(HTML.escaped($0))</p>\n" }.joined()
        }
        if !tiles.isEmpty { content += PageShell.tiles(tiles) + "\n" }
        for section in sections {
            content += "<section><h2>\(HTML.escaped(section.heading)) "
            content += (section.badge?.markup ?? "") + "</h2>\n"
            for piece in section.pieces {
                switch piece {
                case .markup(let markup): content += markup
                case .figure(let figure): content += figures.markup(figure.name)
                }
            }
            content += "</section>\n"
        }
        content += origin.section
        let beside = files.map(HTML.escaped) + (self.figures.isEmpty ? [] : [figureFiles(figures)])
        return PageShell(
            title: "\(title): \(kind) report", kicker: "Ballast \(kind) report", heading: title,
            content: content,
            footer: "Made by Ballast. \(HTML.escaped(conventions)) Beside this page: "
                + "\(NumberText.list(beside)).",
            figures: figures
        ).text
    }

    private func figureFiles(_ figures: PageFigures) -> String {
        "figures/ with each figure's Vega-Lite specification and the numbers behind it"
            + (figures.hasImages ? ", SVG and PNG" : "")
    }

    /// Writes the page and its figures.
    ///
    /// - Parameters:
    ///   - folder: Where they go; made if it is not there.
    ///   - name: What the page is called.
    ///   - vegaBundle: A classic script that sets `window.vegaEmbed`. Without it the page holds the SVG
    ///     drawings, if there are any.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    /// - Returns: The path of each file written, then a note, beginning with `note:`, for each thing
    ///   left out.
    /// - Throws: What the file system refused.
    func write(
        to folder: String, name: String = "report.html", vegaBundle: String?, python: String?
    ) throws -> [String] {
        let all = figures
        let files = try FigureFiles(
            all, to: folder + "/figures", python: python, readsImages: vegaBundle == nil)
        let page = PageFigures(
            entries: all, vegaBundle: vegaBundle, images: files.images, hasImages: files.hasImages)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/" + name
        try AtomicFile.write(text(page), to: path)
        let missing =
            vegaBundle == nil ? ["note: \(name) has no interactive figures: no Vega bundle"] : []
        return files.written + [path] + files.notes + missing
    }
}
