import Formats
import Foundation

extension Document {
    /// The page with its figures: one HTML file that needs no network.
    package func html(_ figures: PageFigures) -> String {
        var content = ""
        if let badge {
            let sentences = lead.map { "<p class=\"lead\">\(HTML.escaped($0))</p>" }
            content +=
                "<div class=\"answer\">\(badge.markup)<div>\(sentences.joined())</div></div>\n"
        } else {
            content += lead.map { "<p class=\"lead\">\(HTML.escaped($0))</p>\n" }.joined()
        }
        if !tiles.isEmpty { content += PageShell.tiles(tiles) + "\n" }
        content += markup(of: sections, figures)
        if !next.isEmpty {
            content += "<section><h2>How to go on</h2>\n\(HTML.list(next))</section>\n"
        }
        content += origin?.section ?? ""
        let beside = files.map(HTML.escaped) + (self.figures.isEmpty ? [] : [figureFiles(figures)])
        return PageShell(
            title: "\(title): \(kind) report", kicker: "Ballast \(kind) report", heading: title,
            content: content,
            footer: "Made by Ballast. \(HTML.escaped(conventions)) Beside this page: "
                + "\(NumberText.list(beside)).",
            figures: figures, refreshes: refreshes
        ).text
    }

    /// The document as a part of another page: its title over its sentences, and then its sections.
    ///
    /// - Parameter figures: Those of the page, its own among them.
    /// - Returns: The markup.
    package func part(_ figures: PageFigures) -> String {
        let head = Section(title, badge: badge, lead.map(Piece.text))
        return markup(of: [head] + sections, figures)
    }

    private func markup(of sections: [Section], _ figures: PageFigures) -> String {
        sections.map { section in
            "<section><h2>\(HTML.escaped(section.heading)) \(section.badge?.markup ?? "")</h2>\n"
                + section.pieces.map { markup($0, figures) }.joined() + "</section>\n"
        }.joined()
    }

    private func figureFiles(_ figures: PageFigures) -> String {
        "figures/ with each figure's Vega-Lite specification and the numbers behind it"
            + (figures.hasImages ? ", SVG and PNG" : "")
    }

    private func markup(_ piece: Piece, _ figures: PageFigures) -> String {
        switch piece {
        case .text(let text): "<p>\(HTML.escaped(text))</p>\n"
        case .note(let text): "<p class=\"muted\">\(HTML.escaped(text))</p>\n"
        case .subheading(let text, let badge):
            "<h3>\(HTML.escaped(text)) \(badge?.markup ?? "")</h3>\n"
        case .list(let sentences): HTML.list(sentences)
        case .table(let table): table.html
        case .figure(let figure): figures.markup(figure.name)
        case .markup(let markup): markup
        }
    }

    /// Writes the page and its figures, `figures/NAME.vl.json`, `figures/NAME.csv` and, with Python,
    /// `figures/NAME.svg` and `figures/NAME.png`.
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
    public func write(
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
        try AtomicFile.write(html(page), to: path)
        let missing =
            vegaBundle == nil && !all.isEmpty
            ? ["note: \(name) has no interactive figures: no Vega bundle"] : []
        return files.written + [path] + files.notes + missing
    }
}

extension Table {
    /// The markup.
    fileprivate var html: String {
        func cell(
            _ tag: String, _ column: Column, _ content: String, anchor: String? = nil
        ) -> String {
            let name = anchor.map { " id=\"\(HTML.escaped($0))\"" } ?? ""
            return "<\(tag)\(column.isWords ? " class=\"word\"" : "")\(name)>\(content)</\(tag)>"
        }
        let heading = columns.map { cell("th", $0, HTML.escaped($0.title)) }.joined()
        let body = rows.map { row in
            let cells = zip(columns, row).map { cell("td", $0, $1.html, anchor: $1.anchor) }
            return "<tr>\(cells.joined())</tr>\n"
        }.joined()
        let classes = [
            columns.contains(where: \.wraps) ? "prose" : nil, isSortable ? "sortable" : nil,
        ]
        .compactMap(\.self).joined(separator: " ")
        let small = note.map { "<p class=\"muted\">\(HTML.escaped($0))</p>\n" } ?? ""
        return """
            <div class="scroll"><table\(classes.isEmpty ? "" : " class=\"\(classes)\"")>
            <thead><tr>\(heading)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>
            \(small)
            """
    }
}

extension Table.Cell {
    /// The markup.
    fileprivate var html: String {
        let anchors = links.map { text, target in
            "<a href=\"\(HTML.escaped(target))\">\(HTML.escaped(text))</a>"
        }
        let escaped =
            links.isEmpty
            ? HTML.escaped(text) : (anchors + [HTML.escaped(more)]).joined(separator: " ")
        let main =
            if let badge { badge.markup } else {
                switch style {
                case .plain: escaped
                case .muted: "<span class=\"muted\">\(escaped)</span>"
                case .alarm: "<span class=\"alarm\">\(escaped)</span>"
                case .best: "<span class=\"best\">\(escaped)</span>"
                case .code: "<code>\(escaped)</code>"
                }
            }
        return main + (detail.map { "<small>\(HTML.escaped($0))</small>" } ?? "")
    }
}
