/// A result as people read it: the verdict with its reason, numbers, sections of sentences, tables and
/// figures, and how it was made.
///
/// One document is a page (``write(to:name:vegaBundle:python:)``), text for a terminal of some width
/// (``text(columns:usesColour:hasDetails:)``) and Markdown (``markdown``).
public struct Document {
    /// What kind of result this is, as `horizon`.
    package var kind: String
    /// The heading, as text.
    package var title: String
    /// What the result comes to; nil where nothing is judged.
    package var badge: Badge?
    /// Sentences beside it, as text.
    package var lead: [String]
    /// Numbers that are to be seen first.
    package var tiles: [(number: String, label: String)]
    /// What follows.
    package var sections: [Section] = []
    /// The files that stand beside the page, as `horizon.json`.
    package var files: [String]
    /// Units and conventions, as text.
    package var conventions: String
    /// Next steps, a sentence each: what would settle it, which command comes next.
    package var next: [String] = []
    /// How it was made; nil where that is not known.
    package var origin: ReportOrigin?
    /// Figures of a sweep, by name, that its page leaves out where this stands on it: it draws the same curves.
    package var replacedFigures: Set<String> = []
    /// Whether the page loads itself again every few seconds, since what it shows goes on.
    package var refreshes = false

    /// Describes a result; its sections are given afterwards.
    package init(
        kind: String, title: String, badge: Badge? = nil, lead: [String] = [],
        tiles: [(number: String, label: String)] = [], files: [String] = [],
        conventions: String = "", origin: ReportOrigin? = nil
    ) {
        self.kind = kind
        self.title = title
        self.badge = badge
        self.lead = lead
        self.tiles = tiles
        self.files = files
        self.conventions = conventions
        self.origin = origin
    }

    /// A part of the document under a heading.
    package struct Section {
        /// The heading, as text.
        package var heading: String
        /// What it comes to.
        package var badge: Badge?
        /// What it holds.
        package var pieces: [Piece]
        /// Whether it is for whoever looks closer: on the page and in Markdown, not on a terminal.
        package var isDetail = false
        /// Whether the page shows its heading alone until it is opened.
        package var isFolded = false

        /// Gathers pieces under a heading.
        package init(
            _ heading: String, badge: Badge? = nil, isDetail: Bool = false, isFolded: Bool = false,
            _ pieces: [Piece]
        ) {
            self.isFolded = isFolded
            self.heading = heading
            self.badge = badge
            self.isDetail = isDetail
            self.pieces = pieces
        }
    }

    /// A piece of a section.
    package enum Piece {
        /// A paragraph.
        case text(String)
        /// A paragraph of small print.
        case note(String)
        /// A heading of the second order, with what stands under it.
        case subheading(String, Badge?)
        /// Sentences, a point each.
        case list([String])
        /// A table.
        case table(Table)
        /// A figure.
        case figure(DrawnFigure)
        /// Markup, for the page alone.
        case markup(String)

        /// A heading of the second order.
        package static func heading(_ text: String, badge: Badge? = nil) -> Piece {
            .subheading(text, badge)
        }
    }

    /// The figures, in the order of the document.
    package var figures: [DrawnFigure] {
        sections.flatMap(\.pieces).compactMap { piece in
            if case .figure(let figure) = piece { figure } else { nil }
        }
    }
}
