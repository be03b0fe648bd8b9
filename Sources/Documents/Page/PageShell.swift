/// What all pages have in common: one HTML file that needs no network.
package struct PageShell {
    /// The title of the window, as text.
    package let title: String
    /// What kind of report this is, above the heading.
    package let kicker: String
    /// The heading, as text.
    package let heading: String
    /// What stands between heading and footer, as markup.
    package let content: String
    /// The last lines, as markup.
    package let footer: String
    /// The figures that the content shows.
    package let figures: PageFigures
    /// Whether the page loads itself again every few seconds.
    package let refreshes: Bool

    /// Gathers what a page holds.
    package init(
        title: String, kicker: String, heading: String, content: String, footer: String,
        figures: PageFigures, refreshes: Bool = false
    ) {
        self.title = title
        self.kicker = kicker
        self.heading = heading
        self.content = content
        self.footer = footer
        self.figures = figures
        self.refreshes = refreshes
    }

    /// What the page may load: itself.
    private static let policy =
        "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
        + "img-src data: blob:"

    private var refresh: String {
        refreshes ? "\n<meta http-equiv=\"refresh\" content=\"10\">" : ""
    }

    /// The page.
    package var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">\(refresh)
        <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
        <title>\(HTML.escaped(title))</title>
        <style>
        \(PageStyle.text)
        </style>
        </head>
        <body>
        <main>
        <header><div>
        <p class="kicker">\(HTML.escaped(kicker))</p>
        <h1>\(HTML.escaped(heading))</h1>
        </div><button id="theme" type="button">Light / dark</button></header>
        \(content)
        <footer>\(footer)</footer>
        </main>
        \(figures.scripts)
        </body>
        </html>

        """
    }

    /// Numbers that are to be seen first, each with what it is.
    package static func tiles(_ tiles: [(number: String, label: String)]) -> String {
        "<div class=\"tiles\">"
            + tiles.map { number, label in
                "<div class=\"tile\"><b>\(HTML.escaped(number))</b>"
                    + "<span>\(HTML.escaped(label))</span></div>\n"
            }.joined() + "</div>"
    }
}
