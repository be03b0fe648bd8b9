/// The model whose held-out error is lowest.
///
/// Each size is left out in turn and predicted from the others; the error of a model is the mean of
/// the squared distances, averaged with that of the largest size, since a forecast goes beyond it:
///
/// ```
/// E = ½ (mean over sizes of e² + e² of the largest) · 1.3^degree,   e = residual / (1 − leverage)
/// ```
///
/// The last factor is what a bend or a slope has to earn. Over simulated laws it costs bent ones
/// little and keeps straight ones from bending at five or six sizes.
struct GrowthChoice: Sendable {
    private static let price = 1.3

    /// The models that the places allow.
    let designs: [GrowthDesign]
    private let factors: [[Double]]
    private let prices: [Double]

    /// Prepares the choice; the last place is that of the largest size.
    init(places: [Double]) {
        designs = GrowthModel.allCases.compactMap { GrowthDesign($0, places: places) }
        factors = designs.map { design in
            design.hat.indices.map { 1 / max(1 - design.hat[$0][$0], 1e-9) }
        }
        var prices = [1.0]
        for _ in 1...2 { prices.append(prices[prices.count - 1] * Self.price) }
        self.prices = prices
    }

    /// The held-out error of one design.
    private func error(_ index: Int, _ heights: [Double]) -> Double {
        let design = designs[index]
        var (sum, last) = (0.0, 0.0)
        for place in heights.indices {
            let residual = heights[place] - GrowthDesign.sum(design.hat[place], heights)
            let e = residual * factors[index][place]
            last = e * e
            sum += last
        }
        return 0.5 * (sum / Double(heights.count) + last) * prices[design.model.degree]
    }

    /// The place in ``designs`` of the model that heights ask for.
    func best(for heights: [Double]) -> Int {
        var (best, lowest) = (0, Double.infinity)
        for index in designs.indices {
            let error = error(index, heights)
            if error < lowest { (best, lowest) = (index, error) }
        }
        return best
    }
}
