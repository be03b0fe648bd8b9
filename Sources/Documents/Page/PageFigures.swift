/// The figures of a page: where each stands, and the scripts that draw them.
package struct PageFigures {
    /// The figures, in the order of the page.
    package let entries: [DrawnFigure]
    /// A classic script that sets `window.vegaEmbed`; without it, images stand in for the figures.
    package let vegaBundle: String?
    /// The figures drawn as SVG, by name, as data addresses.
    package let images: [String: String]
    /// Whether SVG and PNG files stand beside the page.
    package let hasImages: Bool

    /// Gathers figures.
    package init(
        entries: [DrawnFigure], vegaBundle: String?, images: [String: String], hasImages: Bool
    ) {
        self.entries = entries
        self.vegaBundle = vegaBundle
        self.images = images
        self.hasImages = hasImages
    }

    /// A figure by its name: what it shows in a sentence, the figure, its caption and its files.
    package func markup(_ name: String) -> String {
        guard let index = entries.firstIndex(where: { $0.name == name }) else { return "" }
        let figure = entries[index]
        let drawing = figure.drawing
        guard drawing.hasData else {
            return "<p class=\"muted\">\(HTML.sentence(drawing.caption))</p>"
        }
        var files = ["csv", "vl.json"] + (hasImages ? ["svg", "png"] : [])
        let address = HTML.escaped(name)
        files = files.map { "<a href=\"figures/\(address).\($0)\">\($0)</a>" }
        var inside = ""
        if vegaBundle == nil {
            inside =
                images[name].map { "<img alt=\"\(HTML.escaped(figure.title))\" src=\"\($0)\">" }
                ?? "<p class=\"muted\">Not drawn here: the Vega bundle was not given.</p>"
        }
        let finding = drawing.finding.map { "<p class=\"lead\">\(HTML.sentence($0))</p>" } ?? ""
        let number = 1 + entries[..<index].count(where: \.drawing.hasData)
        return """
            \(finding)
            <figure>
            <div class="chart" id="\(address)" role="group" aria-label="\(HTML.escaped(figure.title))">\(inside)</div>
            <figcaption><b>Figure \(number).</b> \(HTML.sentence(drawing.caption))
            <div class="files">\(files.joined())</div></figcaption>
            </figure>
            """
    }

    /// A figure as a section of its own.
    package func section(_ figure: DrawnFigure) -> String {
        """
        <section>
        <h2>\(HTML.escaped(figure.title))</h2>
        \(markup(figure.name))
        </section>

        """
    }

    /// The bundle, the figures' specifications in both themes, and the page's own script.
    package var scripts: String {
        let specifications = entries.filter(\.drawing.hasData).map { figure -> JSONValue in
            let specification = figure.drawing.specification
            return [
                "name": .string(figure.name), "spec": specification.bareJSON,
                "light": Theme.light.configuration(specification.ramp),
                "dark": Theme.dark.configuration(specification.ramp),
                "many": .bool(specification.rows.count > 1500),
                "room": .number(specification.room),
            ]
        }
        let bundle = vegaBundle.map { "<script>\n\(HTML.script($0))\n</script>\n" } ?? ""
        let data = vegaBundle == nil ? "[]" : JSONValue.array(specifications).scriptText
        return """
            \(bundle)<script>window.ballastFigures = \(data);</script>
            <script>
            \(PageScript.text)
            </script>
            """
    }
}
