import OrderedCollections
public import Statistics
public import Sweeps

/// What runs say of published findings: the contents of `findings.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out.
public struct FindingResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.findings/1"
    /// The share of intervals that are to hold, each by itself.
    public var confidence: Double
    /// Findings that the runs bear out.
    public var agrees: Int
    /// Findings that they contradict.
    public var disagrees: Int
    /// Findings that they leave open.
    public var cannotSay: Int
    /// The findings, in the order of the studies.
    public var findings: [Entry]

    /// Gathers findings.
    ///
    /// - Parameters:
    ///   - findings: The findings.
    ///   - confidence: The share of intervals that are to hold.
    public init(_ findings: [Entry], confidence: Double = 0.95) {
        self.findings = findings
        self.confidence = confidence
        func count(_ answer: FindingAnswer) -> Int { findings.count { $0.answer == answer } }
        agrees = count(.agrees)
        disagrees = count(.disagrees)
        cannotSay = count(.cannotSay)
    }

    /// A finding.
    public struct Entry: Sendable, Hashable, Codable {
        /// Its short name.
        public var id: String
        /// Where it is published.
        public var source: String
        /// What is published.
        public var claim: String
        /// The study whose runs decide.
        public var study: String
        /// A name for those runs: ``FindingStudy/digest``.
        public var studyDigest: String
        /// The kind of the check.
        public var kind: String
        /// The number that decides, in words.
        public var quantity: String
        /// What it is measured in; empty for a quotient or an exponent.
        public var unit: String
        /// The number: the mean over seeds and strata.
        @NullWhenNil public var estimate: Double?
        /// The lower end of its interval over seeds.
        @NullWhenNil public var low: Double?
        /// The upper end.
        @NullWhenNil public var high: Double?
        /// Where the finding puts the number.
        public var expected: String
        /// The least number that bears it out; nil where only a largest is published.
        @NullWhenNil public var expectedLow: Double?
        /// The largest; nil where only a least is published.
        @NullWhenNil public var expectedHigh: Double?
        /// Runs that the check takes.
        public var runs: Int
        /// Those without a result.
        public var missing: Int
        /// What the runs say.
        public var answer: FindingAnswer
        /// Why they do not, and what would settle it; nil where they do.
        @NullWhenNil public var reason: String?
        /// How many seeds would answer which question; nil where the finding is decided, or has no number.
        @NullWhenNil public var seedsNeeded: [SeedsNeeded]?
        /// The number of each seed, stratum by stratum.
        public var strata: [FindingStratum]

        init(
            id: String, source: String, claim: String, study: String, studyDigest: String,
            kind: String, quantity: String, unit: String, expected: FindingExpectation, runs: Int,
            missing: Int,
            answer: FindingAnswer
        ) {
            self.id = id
            self.source = source
            self.claim = claim
            self.study = study
            self.studyDigest = studyDigest
            self.kind = kind
            self.quantity = quantity
            self.unit = unit
            self.expected = expected.text
            _expectedLow = NullWhenNil(wrappedValue: expected.limits.low)
            _expectedHigh = NullWhenNil(wrappedValue: expected.limits.high)
            self.runs = runs
            self.missing = missing
            self.answer = answer
            _estimate = NullWhenNil(wrappedValue: nil)
            _low = NullWhenNil(wrappedValue: nil)
            _high = NullWhenNil(wrappedValue: nil)
            _reason = NullWhenNil(wrappedValue: nil)
            _seedsNeeded = NullWhenNil(wrappedValue: nil)
            strata = []
        }

        /// The number with its interval, as `−0.112 (−0.15 to −0.074) nats`; a dash where there is none.
        public var number: String {
            guard let estimate, let low, let high else { return "-" }
            let text = [estimate, low, high].map(FindingText.number)
            return "\(text[0]) (\(text[1]) to \(text[2]))" + (unit.isEmpty ? "" : " " + unit)
        }
    }
}

extension FindingResult {
    /// The findings of a folder once some of its studies were asked anew: theirs in place of what they
    /// said before, those of other studies as they stand.
    ///
    /// - Parameter asked: The findings of whole studies.
    /// - Returns: Studies in the order that they had, new ones behind; as asked where all were.
    public func updated(with asked: [Entry]) -> FindingResult {
        let (studies, ids) = (Set(asked.map(\.study)), Set(asked.map(\.id)))
        let known = Set(findings.map(\.study))
        guard !known.subtracting(studies).isEmpty else {
            return FindingResult(asked, confidence: confidence)
        }
        var entries: [Entry] = []
        for study in OrderedSet(findings.map(\.study)) {
            entries +=
                studies.contains(study)
                ? asked.filter { $0.study == study }
                : findings.filter { $0.study == study && !ids.contains($0.id) }
        }
        entries += asked.filter { !known.contains($0.study) }
        return FindingResult(entries, confidence: confidence)
    }

    /// The table in Markdown: published finding, the number here, where it should lie, the answer.
    public var markdown: String {
        func cell(_ text: String) -> String {
            text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        }
        var lines = [
            "| published finding | here, at proxy scale | expected | agrees? |",
            "|---|---|---|---|",
        ]
        for entry in findings {
            let number =
                entry.estimate == nil ? entry.quantity : "\(entry.quantity): \(entry.number)"
            let answer = entry.answer.rawValue + (entry.reason.map { ": \($0)" } ?? "")
            lines.append(
                "| "
                    + ["\(entry.claim) (\(entry.source))", number, entry.expected, answer]
                    .map(cell).joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
