import Foundation

/// How the rotary wavelengths of a short context are stretched for a longer one.
///
/// With D the head's width, θᵢ = base^(−2i/D) the angle of a position of pair i, s the ``factor`` and L the
/// ``originalContext``:
///
/// | kind | θᵢ becomes | source |
/// |---|---|---|
/// | `none` | θᵢ | |
/// | `linear` | θᵢ / s | arXiv 2306.15595 |
/// | `ntk` | that of the base `base · s^(D/(D − 2))` | arXiv 2309.00071, equation 13 |
/// | `yarn` | `(1 − γ) θᵢ / s + γ θᵢ`, γ = 1 − ramp over pairs from r = betaFast to betaSlow | arXiv 2309.00071, equations 17 to 23 |
/// | `llama3` | the same with γ = `(L/λ − low) / (high − low)` from 0 to 1 | arXiv 2407.21783, section 3.4.3 |
///
/// λ = 2π/θᵢ is the wavelength, L/λ the turns of a pair in the original context. In `yarn` sines and cosines
/// are multiplied by ``attentionFactor``, or by 0.1 ln s + 1 where that is 0, and the ramp's ends are whole
/// pairs, as in Hugging Face's `transformers`. All is computed in double.
public struct RotaryScaling: Sendable, Hashable, Codable {
    /// A row of the table.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// As the base says.
        case none
        /// All wavelengths longer by the factor.
        case linear
        /// A larger base.
        case ntk
        /// Long wavelengths by the factor, short ones not at all, and sharper logits.
        case yarn
        /// Long wavelengths by the factor, short ones not at all.
        case llama3
    }

    /// The row.
    public var kind = Kind.none
    /// s, at least one.
    public var factor = 1.0
    /// L, in tokens; of `yarn` and `llama3`.
    public var originalContext = 8192
    /// Turns in L up to which wavelengths are stretched whole; of `llama3`.
    public var lowFrequencyFactor = 1.0
    /// Turns in L from which they stay; of `llama3`.
    public var highFrequencyFactor = 4.0
    /// Turns in L from which wavelengths stay; of `yarn`.
    public var betaFast = 32.0
    /// Turns in L up to which they are stretched whole; of `yarn`.
    public var betaSlow = 1.0
    /// The factor on sines and cosines, 0 for 0.1 ln s + 1; of `yarn`.
    public var attentionFactor = 0.0

    /// No scaling.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case kind, factor
        case originalContext = "original-context"
        case lowFrequencyFactor = "low-frequency-factor"
        case highFrequencyFactor = "high-frequency-factor"
        case betaFast = "beta-fast"
        case betaSlow = "beta-slow"
        case attentionFactor = "attention-factor"
    }

    /// What sines and cosines are multiplied by.
    public var amplitude: Double {
        guard kind == .yarn else { return 1 }
        if attentionFactor > 0 { return attentionFactor }
        return factor > 1 ? 0.1 * log(factor) + 1 : 1
    }

    /// The angle of each pair at position one.
    ///
    /// - Parameters:
    ///   - base: The base of the wavelengths.
    ///   - pairs: D/2.
    /// - Returns: One angle for each pair, in radians.
    public func frequencies(base: Double, pairs: Int) -> [Double] {
        let count = Double(pairs)
        var base = base
        if kind == .ntk, pairs > 1 { base *= pow(factor, count / (count - 1)) }
        let plain = (0..<pairs).map { pow(base, -Double($0) / count) }
        switch kind {
        case .none, .ntk: return plain
        case .linear: return plain.map { $0 / factor }
        case .yarn:
            let low = max(rampEnd(betaFast, base, count).rounded(.down), 0)
            var high = min(rampEnd(betaSlow, base, count).rounded(.up), 2 * count - 1)
            if high == low { high += 0.001 }
            return plain.enumerated().map { index, angle in
                let ramp = min(max((Double(index) - low) / (high - low), 0), 1)
                return angle / factor * ramp + angle * (1 - ramp)
            }
        case .llama3:
            return plain.map { angle in
                let turns = Double(originalContext) * angle / (2 * .pi)
                let width = highFrequencyFactor - lowFrequencyFactor
                let kept = min(max((turns - lowFrequencyFactor) / width, 0), 1)
                return (1 - kept) * angle / factor + kept * angle
            }
        }
    }

    /// The pair, between whole ones, that turns so often in the original context.
    private func rampEnd(_ turns: Double, _ base: Double, _ pairs: Double) -> Double {
        pairs * log(Double(originalContext) / (turns * 2 * .pi)) / log(base)
    }
}

extension RotaryScaling {
    /// The attributes of a composite: none without scaling.
    var attributes: [(String, Attribute)] {
        let common: [(String, Attribute)] = [
            ("scaling", .word(kind.rawValue)), ("factor", .number(factor)),
        ]
        let context = ("original_context", Attribute.integer(originalContext))
        return switch kind {
        case .none: []
        case .linear, .ntk: common
        case .yarn:
            common + [
                context, ("beta_fast", .number(betaFast)), ("beta_slow", .number(betaSlow)),
                ("attention_factor", .number(attentionFactor)),
            ]
        case .llama3:
            common + [
                context, ("low_frequency_factor", .number(lowFrequencyFactor)),
                ("high_frequency_factor", .number(highFrequencyFactor)),
            ]
        }
    }

    /// The scaling that attributes say.
    init(_ attributes: Attributes, of operation: String) throws(ProgramError) {
        self.init()
        guard attributes["scaling"] != nil else { return }
        let word = try attributes.word("scaling", of: operation)
        guard let kind = Kind(rawValue: word) else {
            throw .malformed("\(operation) knows no scaling \(word)")
        }
        self.kind = kind
        factor = try attributes.number("factor", of: operation)
        guard kind == .yarn || kind == .llama3 else { return }
        originalContext = try attributes.integer("original_context", of: operation)
        if kind == .yarn {
            betaFast = try attributes.number("beta_fast", of: operation)
            betaSlow = try attributes.number("beta_slow", of: operation)
            attentionFactor = try attributes.number("attention_factor", of: operation)
        } else {
            lowFrequencyFactor = try attributes.number("low_frequency_factor", of: operation)
            highFrequencyFactor = try attributes.number("high_frequency_factor", of: operation)
        }
    }
}
