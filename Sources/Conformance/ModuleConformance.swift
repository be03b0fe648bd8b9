public import Modular
public import Norms
import OrderedCollections
import Programs
public import Tensors
public import Testing

/// Facts that every module of the modular algebra holds to, at a point that its documentation admits.
///
/// ```swift
/// @Test func linear() throws {
///     try ModuleConformance(
///         Linear(8, from: 4), at: [x], isTightInWeights: true, isTightInInputs: true
///     ).check()
/// }
/// ```
///
/// All is computed in double on the reference engine. Changes are tried along random directions, and
/// along those that a power iteration finds: the support of the change of the output is pulled back, and
/// the farthest point along what arrives is the next direction. Bounds that are assumed are not tried.
public struct ModuleConformance {
    /// The module that is tried.
    public let module: any Module
    /// What it is tried on.
    public let inputs: [Tensor]
    /// How the entries of the input are measured, and those of the output.
    public let norms: (inputs: [ActivationNorm], outputs: [ActivationNorm])
    /// Whether some change of the weights is known to move the output by its norm.
    public let isTightInWeights: Bool
    /// Whether some change of the input is known to move the output by the sensitivity.
    public let isTightInInputs: Bool
    /// What orthogonalises.
    public let orthogonalization: NewtonSchulz
    let sourceLocation: SourceLocation

    /// Tries a module.
    ///
    /// - Parameters:
    ///   - module: The module.
    ///   - inputs: The entries of an admissible input; `f32`, or `i32` for tokens.
    ///   - inputNorms: How they are measured; root mean squares by default.
    ///   - outputNorms: How the entries of the output are measured.
    ///   - isTightInWeights: Whether the first bound is to be reached within a hundredth.
    ///   - isTightInInputs: Whether the second is.
    ///   - orthogonalization: What orthogonalises.
    ///   - sourceLocation: Where issues are reported.
    public init(
        _ module: any Module, at inputs: [Tensor], inputNorms: [ActivationNorm]? = nil,
        outputNorms: [ActivationNorm]? = nil, isTightInWeights: Bool = false,
        isTightInInputs: Bool = false, by orthogonalization: NewtonSchulz = .modula,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.module = module
        self.inputs = inputs.map { $0.widened() }
        norms = (
            inputNorms ?? inputs.map { _ in .rootMeanSquare }, outputNorms ?? [.rootMeanSquare]
        )
        self.isTightInWeights = isTightInWeights
        self.isTightInInputs = isTightInInputs
        self.orthogonalization = orthogonalization
        self.sourceLocation = sourceLocation
    }

    /// All of them.
    ///
    /// - Throws: `ProgramError` when the module's programs cannot be built.
    public func check() throws {
        try checkInputs()
        try checkSharpness()
        guard !module.parameters.isEmpty else { return }
        try checkWeights()
        try checkDuality()
        try checkProjection()
        try checkZeroGradients()
    }

    /// To first order the output moves by at most the norm of the change of the weights.
    public func checkWeights() throws {
        guard module.parameters.allSatisfy({ $0.share.provenValue != nil }) else { return }
        let probe = try ModuleProbe(self)
        var largest = 0.0
        for seed in 0..<6 {
            // Three changes at random, and three that are followed upwards.
            var change = try probe.ofUnitNorm(probe.noise(seed))
            for _ in 0..<(seed < 3 ? 1 : 6) {
                let moved = try probe.derivative(inputs: [:], weights: change)
                largest = max(largest, probe.outputSize(moved))
                if probe.outputSize(moved) == 0 { break }
                change = try probe.ofUnitNorm(
                    probe.dualized(try probe.pullback(probe.support(of: moved)).weights))
            }
        }
        // Differences leave 1e-9 of the output, and the spectral norm is found to ln(r)/16384.
        if !(largest <= 1 + 1e-3) {
            record("a change of the weights of norm 1 moves the output by \(largest)")
        }
        if isTightInWeights, !(largest >= 0.99) {
            record("no change of the weights of norm 1 moves the output by more than \(largest)")
        }
    }

    /// To first order the output moves by at most the sensitivity times the change of the input.
    public func checkInputs() throws {
        guard let sensitivity = module.sensitivity.provenValue,
            inputs.contains(where: { $0.elementType == .f64 })
        else { return }
        let probe = try ModuleProbe(self)
        var largest = 0.0
        for seed in 0..<6 {
            var change = probe.inputNoise(seed)
            for _ in 0..<(seed < 3 ? 1 : 6) {
                let moved = try probe.derivative(inputs: change, weights: [:])
                largest = max(largest, probe.outputSize(moved))
                if probe.outputSize(moved) == 0 { break }
                change = probe.farthestInput(
                    along: try probe.pullback(probe.support(of: moved)).inputs)
            }
        }
        if !(largest <= sensitivity * (1 + 1e-6)) {
            record(
                "a change of the input of size 1 moves the output by \(largest), and the "
                    + "sensitivity is \(sensitivity)")
        }
        if isTightInInputs, !(largest >= 0.99 * sensitivity) {
            record(
                "no change of the input of size 1 moves the output by more than \(largest), and "
                    + "the sensitivity is \(sensitivity)")
        }
    }

    /// A dualised gradient has the norm asked for, within the band of what orthogonalises, and no
    /// direction of that norm is farther along the gradient.
    public func checkDuality() throws {
        let probe = try ModuleProbe(self)
        let band = orthogonalization.band
        for seed in 0..<2 {
            let gradient = probe.noise(10 + seed)
            let dual = try probe.dualized(gradient, to: 3)
            let norm = try probe.norm(dual)
            // The spectral norm is found to ln(r)/16384 below.
            if !(norm >= 3 * band.lowerBound * (1 - 1e-3)
                && norm <= 3 * max(1, band.upperBound) * (1 + 1e-6))
            {
                record(
                    "dualised to a norm of 3, a gradient has norm \(norm), outside the band "
                        + "\(band) of \(orthogonalization.rawValue)")
            }
            let reached = probe.inner(gradient, dual) / norm
            let dualNorm = try probe.dualNorm(gradient)
            if !(reached * band.lowerBound <= dualNorm) {
                record("the dual norm is \(dualNorm), and the dual map reaches \(reached) per norm")
            }
            for other in 0..<8 {
                var direction = probe.noise(20 + 10 * seed + other)
                if other >= 4 { direction = probe.sum(dual, direction, factor: 0.3) }
                direction = try probe.ofUnitNorm(direction)
                let along = probe.inner(gradient, direction)
                let slack = band.lowerBound / max(1, band.upperBound)
                if !(along * slack <= reached && along * slack <= dualNorm) {
                    record(
                        "along the gradient the dual map reaches \(reached) per norm and the dual "
                            + "norm is \(dualNorm); another direction reaches \(along)")
                }
            }
        }
    }

    /// The starting weights are admissible, what is projected is admissible and in the unit ball, and
    /// is projected to itself, within the band of what orthogonalises.
    public func checkProjection() throws {
        let probe = try ModuleProbe(self)
        let band = orthogonalization.band
        let width = band.upperBound - band.lowerBound
        let offset = max(1 - band.lowerBound, band.upperBound - 1)
        let start = probe.weights
        let projected = try probe.projected(start)
        let far = try probe.projected(
            probe.sum(probe.sum(start, start, factor: 1), probe.noise(40), factor: 0.01))
        let again = try probe.projected(far)
        for parameter in module.parameters {
            let path = parameter.path
            func norm(_ a: Tensor?, minus b: Tensor? = nil) throws -> Double {
                try probe.norm(of: parameter, a, minus: b)
            }
            let size = try norm(far[path])
            if !(size <= max(1, band.upperBound) * (1 + 1e-6)) {
                record("'\(path)' projected has norm \(size)")
            }
            let distance = try norm(again[path], minus: far[path])
            if !(distance <= width + 1e-6) {
                record("'\(path)' projected again moves by \(distance)")
            }
            let correction = try norm(projected[path], minus: start[path])
            if !(correction <= offset + 1e-5) {
                record("'\(path)' starts \(correction) from what is admissible")
            }
        }
    }

    /// A gradient of zero is dualised to zero.
    public func checkZeroGradients() throws {
        let probe = try ModuleProbe(self)
        let zeros = probe.noise(0).mapValues { Tensor.zeros($0.shape, .f64) }
        let dual = try probe.dualized(zeros)
        for (path, tensor) in dual where !tensor.doubles.allSatisfy({ $0 == 0 }) {
            record("without a gradient '\(path)' is to move by \(tensor)")
        }
    }

    /// Second derivatives keep to the sharpness, where that is known.
    public func checkSharpness() throws {
        guard let sharpness = module.sharpness else { return }
        let probe = try ModuleProbe(self)
        let hasInputs = inputs.contains { $0.elementType == .f64 }
        var largest = Sharpness.linear
        for seed in 0..<4 {
            let input = hasInputs ? probe.inputNoise(50 + seed) : [:]
            var weights = probe.weights.mapValues { _ in Tensor.zeros([], .f64) }
            if !module.parameters.isEmpty {
                weights = try probe.ofUnitNorm(
                    seed < 2 ? probe.noise(60 + seed) : probe.dualized(probe.noise(60 + seed)))
                largest.weights = max(
                    largest.weights, try probe.secondDerivative(weights: (weights, weights)))
                largest.mixed = max(
                    largest.mixed, try probe.secondDerivative(inputs: input, weights: weights))
            }
            largest.inputs = max(
                largest.inputs, try probe.secondDerivative(inputs: (input, input)))
        }
        // Second differences leave about 1e-9 of the output.
        func exceeds(_ value: Double, _ bound: Double) -> Bool { !(value <= bound * 1.001 + 1e-6) }
        if exceeds(largest.weights, sharpness.weights) || exceeds(largest.mixed, sharpness.mixed)
            || exceeds(largest.inputs, sharpness.inputs)
        {
            record("second derivatives of \(largest) exceed the sharpness \(sharpness)")
        }
    }

    private func record(_ message: String) {
        Issue.record("\(module): \(message)", sourceLocation: sourceLocation)
    }
}
