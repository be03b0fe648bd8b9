/// How the logarithm of a quantity may depend on the logarithm of a size.
public enum GrowthModel: String, Sendable, Hashable, Codable, CaseIterable {
    /// It does not.
    case constant
    /// A power law.
    case linear
    /// A power law whose exponent changes with size.
    case quadratic

    /// The degree of the polynomial.
    public var degree: Int {
        switch self {
        case .constant: 0
        case .linear: 1
        case .quadratic: 2
        }
    }
}

/// A polynomial of some degree over given places, as the weights by which heights enter a prediction.
///
/// The polynomials are orthogonal over the places, `1`, `u` and `u² − α u − β` with u from the mean
/// place, so that least squares is a sum and a prediction is linear in the heights.
struct GrowthDesign: Sendable {
    let model: GrowthModel
    let places: [Double]
    private let mean: Double
    private let alpha: Double
    private let beta: Double
    private let squares: [Double]
    /// The weights of all heights in the fit at each place.
    private(set) var hat: [[Double]] = []

    /// Prepares a fit; nil where it would have fewer than two degrees of freedom left.
    init?(_ model: GrowthModel, places: [Double]) {
        guard Set(places).count >= model.degree + 3 else { return nil }
        self.model = model
        self.places = places
        let count = Double(places.count)
        let mean = places.reduce(0, +) / count
        let u = places.map { $0 - mean }
        let second = u.reduce(0) { $0 + $1 * $1 }
        let alpha = u.reduce(0) { $0 + $1 * $1 * $1 } / second
        let beta = second / count
        let bend = u.map { $0 * $0 - alpha * $0 - beta }
        self.mean = mean
        self.alpha = alpha
        self.beta = beta
        squares = [count, second, bend.reduce(0) { $0 + $1 * $1 }]
        hat = places.map { weights(at: $0) }
    }

    private func basis(_ place: Double) -> [Double] {
        let u = place - mean
        return [1, u, u * u - alpha * u - beta]
    }

    /// The weights of the heights in the prediction at a place.
    func weights(at place: Double) -> [Double] {
        let target = basis(place)
        return places.map { own in
            let own = basis(own)
            var sum = 0.0
            for k in 0...model.degree { sum += target[k] * own[k] / squares[k] }
            return sum
        }
    }

    /// Heights less the fit through them.
    func residuals(_ heights: [Double]) -> [Double] {
        hat.indices.map { heights[$0] - Self.sum(hat[$0], heights) }
    }

    /// Degrees of freedom left.
    var freedom: Int { places.count - model.degree - 1 }

    static func sum(_ weights: [Double], _ heights: [Double]) -> Double {
        var sum = 0.0
        for index in weights.indices { sum += weights[index] * heights[index] }
        return sum
    }
}
