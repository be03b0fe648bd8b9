/// Rows of cells under headings, as a document shows them.
package struct Table {
    /// A column.
    package struct Column {
        /// The heading.
        package var title: String
        /// Whether it holds words, which stand to the left, and not numbers.
        package var isWords: Bool
        /// Whether its cells may go over several lines.
        package var wraps: Bool
        /// When it may be left out where there is no room: 0 never, the largest first.
        package var priority: Int

        /// A column of numbers.
        package static func number(_ title: String, priority: Int = 0) -> Column {
            Column(title: title, isWords: false, wraps: false, priority: priority)
        }

        /// A column of short words, each in one line.
        package static func word(_ title: String, priority: Int = 0) -> Column {
            Column(title: title, isWords: true, wraps: false, priority: priority)
        }

        /// A column of sentences.
        package static func prose(_ title: String, priority: Int = 0) -> Column {
            Column(title: title, isWords: true, wraps: true, priority: priority)
        }
    }

    /// A cell.
    package struct Cell: ExpressibleByStringInterpolation {
        /// How it looks.
        package enum Style: Sendable {
            /// As the others.
            case plain
            /// Less than others.
            case muted
            /// A warning.
            case alarm
            /// The best of its kind.
            case best
            /// Letters of one width.
            case code
        }

        /// What it says.
        package var text: String
        /// What stands below it, smaller.
        package var detail: String?
        /// How it looks.
        package var style: Style
        /// What it says, where that is a verdict.
        package var badge: Badge?
        /// Where it leads to, as the page has it: files beside it, and cells of the same page by `#` and their
        /// ``anchor``; ``text`` names them for whoever cannot follow.
        package var links: [(text: String, target: String)] = []
        /// What links on the page call it.
        package var anchor: String?

        /// Describes a cell.
        package init(_ text: String, detail: String? = nil, _ style: Style = .plain) {
            self.text = text
            self.detail = detail
            self.style = style
        }

        /// A verdict.
        package init(_ badge: Badge) {
            self.init(badge.word)
            self.badge = badge
        }

        /// Links, side by side.
        ///
        /// - Parameters:
        ///   - links: What is read, and where it leads to.
        ///   - more: What follows.
        package init(links: [(text: String, target: String)], more: String = "") {
            self.init(
                (links.map(\.text) + [more]).filter { !$0.isEmpty }.joined(separator: " "))
            self.links = links
            self.more = more
        }
        /// What follows the links.
        private(set) var more = ""

        /// A text.
        package init(stringLiteral value: String) { self.init(value) }
    }

    /// The columns.
    package var columns: [Column]
    /// The cells, row by row, one for each column.
    package var rows: [[Cell]]
    /// Small print below it.
    package var note: String?
    /// Whether the page sorts it by the heading that is clicked.
    package var isSortable: Bool
    /// Whether it is for whoever looks closer: on the page and in Markdown, not on a terminal.
    package var isDetail: Bool

    /// Gathers rows.
    package init(
        _ columns: [Column], _ rows: [[Cell]], note: String? = nil, isSortable: Bool = false,
        isDetail: Bool = false
    ) {
        precondition(
            rows.allSatisfy { $0.count == columns.count },
            "Table: rows of \(rows.map(\.count)) cells under \(columns.count) headings")
        self.columns = columns
        self.rows = rows
        self.note = note
        self.isSortable = isSortable
        self.isDetail = isDetail
    }
}
