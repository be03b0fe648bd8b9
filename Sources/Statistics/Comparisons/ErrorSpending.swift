/// How a probability of error over a whole campaign is spent on its candidates and their looks.
///
/// Candidate k may spend `6/(π k)²` of it, and its j-th look `2⁻ʲ` of that. The sum over all candidates and
/// looks, however many there will be, is the probability of the campaign (Bonferroni's bound), whatever the
/// candidates share: their baselines above all.
public struct ErrorSpending: Sendable, Hashable {
    /// The probability of an error anywhere in the campaign.
    public let total: Double

    /// Spends a probability.
    ///
    /// - Precondition: `0 < total < 1`.
    public init(_ total: Double) {
        precondition(total > 0 && total < 1, "ErrorSpending: \(total)")
        self.total = total
    }

    /// What one look at one candidate may spend.
    ///
    /// - Parameters:
    ///   - candidate: Its place in the campaign, from 1.
    ///   - look: The first decision about it is 1, that after a retest 2.
    /// - Returns: The probability.
    /// - Precondition: Both are at least 1.
    public func share(candidate: Int, look: Int) -> Double {
        precondition(candidate >= 1 && look >= 1, "ErrorSpending: \(candidate), \(look)")
        let place = Double(candidate) * Double.pi
        // Beyond 60 halvings there is nothing left to spend.
        return total * 6 / (place * place) / Double(1 << min(look, 60))
    }
}
