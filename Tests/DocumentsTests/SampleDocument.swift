import Documents
import Formats
import Statistics

/// A document that has everything: long sentences, numbers with details, signs that mean something to HTML
/// and to Markdown.
func sampleDocument() -> Document {
    var document = Document(
        kind: "sample", title: "Does the order of <data> matter?",
        badge: Badge(.inconclusive),
        lead: [
            "recipe: spread over orders 0.0123 (0.0062 to 0.0369), bound 0.0100; the interval crosses "
                + "the bound: if the spread stays, --orders 12 settles it"
        ],
        tiles: [
            ("4 x 3", "orders of the same sequences by seeds of the weights"),
            ("0.0123", "nats: spread over orders, which the verdict is about"),
        ], files: ["sample.json"], conventions: "Losses are in nats per token.",
        origin: ReportOrigin(
            command: "ballast sample 'a`b'",
            configurations: [.init(name: "recipe", digest: "0123456789abcdef")], version: "0.1.0"))
    let spreads = Table(
        [
            .word("recipe"), .word("verdict"), .number("mean loss"), .number("over orders"),
            .number("over seeds"), .number("noise of evaluation", priority: 2),
            .prose("why", priority: 0), .word("digest of the runs", priority: 3),
        ],
        [
            [
                "recipe", Table.Cell(Badge(.inconclusive)), "2.1234",
                Table.Cell("0.0123", detail: "0.0062 to 0.0369"), Table.Cell("0.0200*", .alarm),
                "0.0008", "the interval crosses the bound; give more --orders",
                Table.Cell("0123456789ab", .code),
            ],
            [
                "qk-norm=true|x", Table.Cell(Badge(.pass)), Table.Cell("2.0500", .best),
                Table.Cell("0.0030", detail: "0.0019 to 0.0071"), "0.0170", "0.0007",
                "lies within the bound with its whole interval", Table.Cell("ba9876543210", .code),
            ],
        ], note: "*: the estimated variance is negative, shown as zero.")
    var numbers = CSVTable(columns: ["x"])
    numbers.append([.number(1)])
    let figure = DrawnFigure(
        name: "sample-lines", title: "Lines",
        drawing: Drawing(
            specification: Specification(title: "Lines"), table: numbers,
            caption: "A point each.", finding: "They rise."))
    document.sections = [
        .init(
            "Share of the data order in the final loss",
            [
                .table(spreads), .list(["qk-norm lowers the spread: 0.24x (0.10x to 0.60x)"]),
                .figure(figure),
            ]),
        .init(
            "Parts", badge: Badge("agrees", .good),
            [
                .heading("One", badge: Badge("cannot say", .open)), .text("Some & any."),
                .note("Small *print*."),
            ]),
        .init("Every run", isDetail: true, [.table(Table([.word("run")], [["first"]]))]),
    ]
    document.next = ["report in sample/report.html"]
    return document
}
