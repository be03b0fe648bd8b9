/// What a later diagnosis says and an earlier one did not, or no more.
public struct DiagnosisChange: Sendable, Hashable {
    /// Which of both.
    public enum Kind: Sendable, Hashable {
        /// The finding is new, or is graver or less grave than it was.
        case appeared
        /// It is no more found.
        case gone
    }

    /// The run.
    public var patient: String
    /// Whether it came or went.
    public var kind: Kind
    /// The finding.
    public var finding: DoctorFinding
}

extension Diagnosis {
    /// What changed since an earlier diagnosis of the same runs; all findings where there is none.
    ///
    /// A finding is the same while run, pathology, place and severity are: its numbers may move.
    public func changes(since earlier: Diagnosis?) -> [DiagnosisChange] {
        let (before, after) = (earlier?.found ?? [], found)
        let known = Set(before.map(Self.key))
        let present = Set(after.map(Self.key))
        return before.filter { !present.contains(Self.key($0)) }.map {
            DiagnosisChange(patient: $0.patient, kind: .gone, finding: $0.finding)
        }
            + after.filter { !known.contains(Self.key($0)) }.map {
                DiagnosisChange(patient: $0.patient, kind: .appeared, finding: $0.finding)
            }
    }

    private typealias Found = (patient: String, finding: DoctorFinding)

    private var found: [Found] {
        patients.flatMap { patient in patient.findings.map { (patient.name, $0) } }
    }

    private static func key(_ found: Found) -> [String] {
        [
            found.patient, found.finding.pathology, found.finding.place ?? "",
            found.finding.severity.rawValue,
        ]
    }
}
