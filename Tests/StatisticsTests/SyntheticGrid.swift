import Foundation
import Statistics
import Tensors

/// Made-up grids: sizes by learning rates by seeds, whose optimum and drift are known.
struct SyntheticGrid {
    /// What a curve looks like about its optimum.
    enum Shape {
        /// A bowl of this curvature, in nats per squared octave.
        case bowl(Double)
        /// Level: there is no optimum.
        case flat
        /// Falling to the upper end: the optimum lies beyond the grid.
        case oneSided
        /// Two bowls of equal depth, this many octaves apart.
        case twoOptima(Double)
    }

    var shape = Shape.bowl(0.03)
    /// Octaves of learning rate per doubling of the size.
    var drift = 0.0
    /// Nats: the standard deviation of a run's loss.
    var noise = 0.004
    /// Octaves: the standard deviation of a seed's optimum.
    var spread = 0.0
    var seeds = 3
    var sizes = 4
    /// Octaves from the optimum beyond which runs diverge; nil for none.
    var divergence: Double?
    /// Octaves between learning rates.
    var step = 1.0
    var rates = 14

    func extent(_ size: Int) -> Double { Double(32 << size) }

    /// log₂ of the optimum of a size, in a study whose grid stands at this phase.
    func optimum(_ size: Double, phase: Double) -> Double { -6 + phase + drift * size }

    private func height(_ z: Double) -> Double {
        switch shape {
        case .bowl(let curvature): 2 + curvature * z * z
        case .flat: 2
        case .oneSided: 2 - 0.05 * z
        case .twoOptima(let distance):
            2 + 0.03
                * min(
                    (z + distance / 2) * (z + distance / 2), (z - distance / 2) * (z - distance / 2)
                )
        }
    }

    func phase(_ key: RandomKey) -> Double {
        Double(key.split("phase").words(at: 0)[0]) / Double(UInt32.max) - 0.5
    }

    /// The curves of a study.
    func curves(_ key: RandomKey) -> [(extent: Double, curve: LossCurve)] {
        let phase = phase(key)
        return (0..<sizes).map { size in
            let own = key.split(size)
            let lifts = own.split("lift").normals(seeds, deviation: 0.02)
            let shifts = own.split("shift").normals(seeds, deviation: spread)
            let optimum = optimum(Double(size), phase: phase)
            let errors = own.split("errors").normals(seeds * rates, deviation: noise)
            return (
                extent(size),
                LossCurve(
                    (0..<rates).map { index in
                        let place = -6 + (Double(index) - Double(rates - 1) / 2) * step
                        let losses = (0..<seeds).map { seed -> Double? in
                            let z = place - optimum - Double(shifts[seed])
                            if let divergence, z > divergence { return nil }
                            return height(z) + Double(errors[index * seeds + seed])
                                + Double(lifts[seed])
                        }
                        return .init(learningRate: exp2(place), losses: losses)
                    })
            )
        }
    }

    /// What `transfer` says of a study: the optima that are known and the drift through them.
    func drift(_ key: RandomKey) -> (known: Int, fit: DriftFit?) {
        let known = curves(key).compactMap { extent, curve -> DriftFit.Size? in
            guard let optimum = try? Optimum(curve) else { return nil }
            return .init(extent: extent, optima: optimum.deviations.map { optimum.log2 + $0 })
        }
        return (known.count, DriftFit(known))
    }
}
