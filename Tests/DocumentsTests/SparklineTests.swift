import Documents
import Foundation
import Testing

@Suite("sparklines")
struct SparklineTests {
    @Test("the least is the lowest block, the largest the highest, and order is kept")
    func scale() {
        #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(Sparkline.text([7, 3.5, 0]) == "█▅▁")
        #expect(Sparkline.text([2, 2, 2]) == "▁▁▁")
        #expect(Sparkline.text([]) == "")
        // Decades are equal steps where a linear scale would show one block alone.
        #expect(Sparkline.text([1, 10, 100]) == "▁▅█")
        #expect(Sparkline.text([0, 10, 100]) == "▁▂█")
    }

    @Test("many points share a block, and what is not finite stays seen")
    func blocks() {
        let many = (0..<1000).map(Double.init)
        #expect(Sparkline.text(many, width: 8) == "▁▂▃▄▅▆▇█")
        #expect(Sparkline.text([1, .nan, 3]) == "▁×█")
        #expect(Sparkline.text([.infinity, .nan]) == "××")
        var spiked = many
        spiked[500] = .infinity
        #expect(Sparkline.text(spiked, width: 8).contains("×"))
        // Numbers at the ends of the range neither trap nor vanish.
        let largest = Double.greatestFiniteMagnitude
        #expect(Sparkline.text([-largest, 0, largest]) == "▁▅█")
        #expect(Sparkline.text([largest, largest, 0, 0], width: 2) == "█▁")
    }
}
