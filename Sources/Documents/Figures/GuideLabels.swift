import Foundation

/// Guides across a panel with a logarithmic vertical axis, their names where none lies over another.
package struct GuideLabels {
    /// A guide.
    package struct Guide {
        /// Its height.
        package var value: Double
        /// Its name.
        package var label: String
        /// Whether the name rather stands under it.
        package var isBelow: Bool

        /// Names a guide.
        package init(_ value: Double, _ label: String, isBelow: Bool = false) {
            self.value = value
            self.label = label
            self.isBelow = isBelow
        }
    }

    /// A place for a name, in pixels from the left and the top.
    struct Place: Hashable {
        var isBelow: Bool
        var isRight: Bool
        var left: Double
        var top: Double
        var width: Double

        func overlaps(_ other: Place) -> Bool {
            left < other.left + other.width && other.left < left + width
                && abs(top - other.top) < GuideLabels.line
        }
    }

    /// The height of a line of words, and the mean width of a letter, in pixels.
    static let line = 15.0
    static let letter = 6.3
    /// The width of the narrowest panel in which names stay apart, in pixels.
    static let narrowest = 260.0

    /// The guides with the place of each name.
    let places: [(guide: Guide, place: Place)]

    /// Places names, each where it meets no other name and few points.
    ///
    /// - Parameters:
    ///   - guides: The guides; the first are placed first.
    ///   - points: What the panel draws: from 0 at its left to 1 at its right, and a value.
    ///   - range: The logarithmic axis of the values.
    ///   - height: The height of the panel in pixels.
    package init(
        _ guides: [Guide], among points: [(x: Double, value: Double)], range: ClosedRange<Double>,
        height: Double
    ) {
        let span = log(range.upperBound / range.lowerBound)
        func top(_ value: Double) -> Double { height * log(range.upperBound / value) / span }
        let marks = points.filter { $0.value > 0 && $0.value.isFinite }.map {
            (x: $0.x * Self.narrowest, y: top($0.value))
        }
        var placed: [(guide: Guide, place: Place)] = []
        for guide in guides {
            let width = Double(guide.label.count) * Self.letter
            let candidates = [false, true].flatMap { isRight in
                [guide.isBelow, !guide.isBelow].map { isBelow in
                    Place(
                        isBelow: isBelow, isRight: isRight,
                        left: isRight ? Self.narrowest - 6 - width : 6,
                        top: top(guide.value) + (isBelow ? 4 : -4 - Self.line), width: width)
                }
            }
            func cost(_ place: Place) -> Int {
                let isOutside = place.top < -Self.line / 2 || place.top > height - Self.line / 2
                return (isOutside ? 1_000_000 : 0)
                    + 1000 * placed.count { $0.place.overlaps(place) }
                    + marks.count { mark in
                        mark.x > place.left && mark.x < place.left + place.width
                            && mark.y > place.top && mark.y < place.top + Self.line
                    }
            }
            guard var best = candidates.first else { continue }
            for place in candidates where cost(place) < cost(best) { best = place }
            placed.append((guide, best))
        }
        places = placed
    }

    /// The guides with their names.
    package var layers: [Layer] {
        places.map { Layer.guide(at: $0.guide.value) }
            + places.flatMap { guide, place in
                Layer.guideLabel(
                    at: guide.value, guide.label, below: place.isBelow, fromRight: place.isRight)
            }
    }
}
