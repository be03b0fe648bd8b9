/// Colours for ordered values, which stay apart for people who tell few colours apart.
package enum Ramp: Sendable, Hashable {
    /// So many sizes, small to large, in viridis.
    case size(Int)
    /// So many learning rates, low to high, in plasma.
    case learningRate(Int)
    /// Any numbers, small to large, in viridis; those about zero in blue and orange.
    case numbers

    /// The colours from the first value to the last.
    ///
    /// The end that vanishes into the background is left out, and the last value stands out most.
    package func colours(dark: Bool) -> [String] {
        let (map, count, ends): ([UInt32], Int, (Double, Double)) =
            switch self {
            case .size(let count): (Self.viridis, count, dark ? (0.45, 0.95) : (0.72, 0))
            case .learningRate(let count): (Self.plasma, count, dark ? (0.36, 0.95) : (0, 0.8))
            case .numbers: (Self.viridis, Self.viridis.count, dark ? (0, 1) : (1, 0))
            }
        guard count > 1 else { return [Self.colour(map, at: dark ? 0.75 : 0.25)] }
        return (0..<count).map { index in
            let place = Double(index) / Double(count - 1)
            return Self.colour(map, at: ends.0 + (ends.1 - ends.0) * place)
        }
    }

    /// Colours from far below zero over near zero, which stands out least, to far above.
    static func sides(dark: Bool) -> [String] {
        (dark
            ? [0x7cc4ff, 0x2f7fc1, 0x1f4463, 0x2a323d, 0x6b4320, 0xc96a1f, 0xffa560]
            : [0x05447a, 0x2f7fc1, 0x9cc7e8, 0xe6e9ee, 0xf3c49a, 0xd9701f, 0x8a3a00])
            .map(text)
    }

    private static func text(_ colour: UInt32) -> String {
        let digits = String(colour, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    private static let viridis: [UInt32] = [
        0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
    ]
    private static let plasma: [UInt32] = [
        0x0d0887, 0x4c02a1, 0x7e03a8, 0xa92395, 0xcc4778, 0xe56b5d, 0xf89540, 0xfdc527, 0xf0f921,
    ]

    /// The colour at a place from 0 to 1, linear between neighbours of the table.
    private static func colour(_ map: [UInt32], at place: Double) -> String {
        let scaled = place * Double(map.count - 1)
        let lower = min(Int(scaled), map.count - 2)
        let rest = scaled - Double(lower)
        let channels = [16, 8, 0].map { shift -> String in
            let from = Double((map[lower] >> UInt32(shift)) & 255)
            let to = Double((map[lower + 1] >> UInt32(shift)) & 255)
            let text = String(Int((from + rest * (to - from)).rounded()), radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return "#" + channels.joined()
    }
}

/// Fonts and colours of a figure.
package struct Theme: Sendable, Hashable {
    /// Behind the figure.
    package var background: String
    /// About words that lie over lines; the page's own background.
    package var halo: String
    /// Headings and the names of axes.
    package var ink: String
    /// Ticks and guides.
    package var muted: String
    /// Grid lines.
    package var grid: String
    /// Whether the background is dark.
    package var isDark: Bool
    /// Interventions, in the order of Okabe and Ito (2008), lightened where the background is dark.
    package var categories: [String]

    /// Black on white, for files.
    package static let paper = Theme(
        background: "white", halo: "white", ink: "#1c2430", muted: "#5c6675", grid: "#e4e8ee",
        isDark: false,
        categories: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b6b6b"])
    /// The page in daylight.
    package static let light = {
        var theme = paper
        theme.background = "transparent"
        return theme
    }()
    /// The page at night.
    package static let dark = Theme(
        background: "transparent", halo: "#10141a", ink: "#e8ecf2", muted: "#9aa5b4",
        grid: "#2a323d", isDark: true,
        categories: ["#56b4e9", "#f0803c", "#2fc79a", "#e29ac3", "#f0c04a", "#8fb8ff", "#b0b0b0"])

    private func ranges(_ ramp: Ramp) -> [String: JSONValue] {
        var ranges: [String: JSONValue] = [
            "category": .strings(categories), "ordinal": .strings(ramp.colours(dark: isDark)),
        ]
        if ramp == .numbers {
            ranges["heatmap"] = .strings(ramp.colours(dark: isDark))
            ranges["diverging"] = .strings(Ramp.sides(dark: isDark))
        }
        return ranges
    }

    /// The `config` of a specification.
    package func configuration(_ ramp: Ramp) -> JSONValue {
        let font: JSONValue = "Inter, Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"
        let ink = JSONValue.string(ink)
        let muted = JSONValue.string(muted)
        let grid = JSONValue.string(grid)
        return [
            "background": .string(background),
            "font": font,
            "padding": isDark || background == "transparent" ? 4 : 16,
            "axis": [
                "labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": 500,
                "labelColor": muted, "titleColor": ink, "gridColor": grid, "domainColor": muted,
                "tickColor": muted, "titlePadding": 10, "labelPadding": 5, "tickSize": 5,
                "labelOverlap": true,
            ],
            "facet": ["spacing": 28],
            "header": [
                "labelFontSize": 14, "labelFontWeight": 600, "labelColor": ink, "labelPadding": 8,
            ],
            "legend": [
                "orient": "top", "direction": "horizontal", "titleOrient": "left",
                "labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": 500, "labelColor": ink,
                "titleColor": ink, "symbolStrokeWidth": 2.5, "symbolSize": 110, "columnPadding": 14,
                "titlePadding": 10, "offset": 10, "labelLimit": 260,
            ],
            "title": [
                "anchor": "start", "fontSize": 16, "fontWeight": 600, "color": ink, "offset": 14,
            ],
            "view": ["stroke": nil],
            "range": .object(ranges(ramp)),
            "rule": ["color": muted],
            "text": ["color": muted],
            "style": [
                "reference": ["strokeDash": [5, 4], "strokeWidth": 1.2],
                "reference-label": ["fontSize": 11.5],
                "halo": ["fontSize": 11.5, "stroke": .string(halo), "strokeWidth": 2],
                "sentence": ["fontSize": 13],
            ],
        ]
    }
}
