import Dashboard
import Testing

@Suite("curves of the dashboard")
struct CurveTests {
    private func curve(_ values: [Float], every: Int = 1) -> Curve {
        var curve = Curve()
        for (index, value) in values.enumerated() {
            curve.append(step: index * every, value: value)
        }
        return curve
    }

    @Test("thinning keeps the extremes of each stretch, both ends and the first that is not finite")
    func extremes() {
        var state: UInt64 = 7
        var values: [Float] = []
        for index in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            values.append(Float(state >> 40) / 1e6 + Float(index) / 1e3)
        }
        values[7_777] = 1e9
        values[12_345] = -1e9
        values[5_000] = .nan
        let curve = curve(values)
        let buckets = 50
        let places = curve.places(buckets: buckets)
        #expect(places.count <= 5 * buckets + 2)
        #expect(places == places.sorted() && Set(places).count == places.count)
        for place in [0, 19_999, 7_777, 12_345, 5_000] { #expect(places.contains(place)) }
        // Each stretch has its own lowest and highest among those kept.
        let size = 400
        for bucket in 0..<buckets {
            let range = bucket * size..<(bucket + 1) * size
            let kept = places.filter(range.contains).map { values[$0] }.filter(\.isFinite)
            let all = values[range].filter(\.isFinite)
            // Stretches are of steps, and those of the curve end one step earlier than these.
            #expect((kept.max() ?? 0) >= (all.dropLast().dropFirst().max() ?? 0))
            #expect((kept.min() ?? 0) <= (all.dropLast().dropFirst().min() ?? 0))
        }
        // Every tenth point would have lost the spike.
        #expect(!stride(from: 0, to: 20_000, by: 10).contains(7_777))
    }

    @Test("a short curve is whole, a window has its neighbours")
    func window() {
        let curve = curve([5, 4, 3, 2, 1, 0], every: 10)
        #expect(curve.places(buckets: 10) == [0, 1, 2, 3, 4, 5])
        #expect(curve.places(in: 15...30, buckets: 10) == [1, 2, 3, 4])
        #expect(curve.places(in: 20...20, buckets: 10) == [1, 2, 3])
        #expect(curve.places(in: 1000...2000, buckets: 10) == [5])
        #expect(curve.places(in: Int.min...Int.max, buckets: 10) == [0, 1, 2, 3, 4, 5])
        #expect(Curve().places(buckets: 10).isEmpty)
    }

    @Test("a step that goes back voids what stood from there on")
    func void() {
        var curve = curve([5, 4, 3, 2])
        curve.append(step: 2, value: 9)
        #expect(curve.steps == [0, 1, 2] && curve.values == [5, 4, 9] && curve.epoch == 1)
        curve.append(step: 3, value: 8)
        #expect(curve.epoch == 1 && curve.last?.step == 3)
        curve.append(step: Int.max, value: 1)
        #expect(curve.count == 4)
    }
}
