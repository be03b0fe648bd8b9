import Formats
import Foundation
import Import
public import Inspection
import OrderedCollections

/// What the doctor says of runs and checkpoints.
public struct Diagnosis: Sendable, Hashable, Codable {
    /// What it says of one of them.
    public struct Patient: Sendable, Hashable, Codable {
        /// What could not be examined.
        public struct Unexamined: Sendable, Hashable, Codable {
            /// The pathology.
            public var pathology: String
            /// What the log would have to hold.
            public var needs: String
        }
        /// What was examined and found in order.
        public struct Quiet: Sendable, Hashable, Codable {
            /// The pathology.
            public var pathology: String
            /// What was looked at, with its numbers.
            public var evidence: String
        }

        /// The run or checkpoint.
        public var name: String
        /// The files.
        public var sources: [String]
        /// What was found, the worst first.
        public var findings: [DoctorFinding] = []
        /// What could not be examined.
        public var cannotSay: [Unexamined] = []
        /// What was found in order.
        public var quiet: [Quiet] = []
        /// What was not understood in the log.
        public var notes: [String] = []
    }

    /// What it comes to.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// Nothing that calls for a change.
        case quiet
        /// Something does.
        case findings
        /// Nothing was found, and not all could be examined.
        case cannotSay = "cannot_say"
    }

    /// The version of this document.
    public var schema = "ballast-diagnosis-1"
    /// What it comes to.
    public var verdict = Verdict.quiet
    /// The runs and checkpoints, in the order given.
    public private(set) var patients: [Patient] = []

    /// Nobody examined yet.
    public init() {}

    /// Examines a run.
    ///
    /// - Parameters:
    ///   - patient: The run.
    ///   - pathologies: What to look for.
    public mutating func add(_ patient: DoctorCase, _ pathologies: [Pathology] = Pathology.all) {
        var result = Patient(name: patient.run.name, sources: patient.run.sources)
        result.notes = patient.run.notes
        if patient.run.resumes > 0 {
            result.notes.append(
                "steps go back \(patient.run.resumes) times, as after a resume; later records replace earlier ones"
            )
        }
        for pathology in pathologies {
            switch pathology.examine(patient) {
            case .quiet(let evidence):
                result.quiet.append(.init(pathology: pathology.name, evidence: evidence))
            case .findings(let findings): result.findings += findings
            case .cannotSay(let needs):
                result.cannotSay.append(.init(pathology: pathology.name, needs: needs))
            }
        }
        append(result)
    }

    /// Takes the findings of a checkpoint.
    public mutating func add(_ inspection: CheckpointInspection) {
        var result = Patient(name: inspection.path, sources: [inspection.path])
        result.notes = inspection.notes
        result.findings = inspection.findings.map { finding in
            let severity: DoctorFinding.Severity =
                switch finding.severity {
                case .note: .note
                case .warning: .warning
                case .alarm: .alarm
                }
            return DoctorFinding(
                pathology: finding.kind, severity: severity,
                place: finding.tensor ?? finding.layer.map { "layer \($0)" }, step: nil,
                evidence: finding.summary, confidence: .medium, source: finding.source,
                confirmation: "the log of the run: gradient norms and the largest attention logits",
                change: severity == .note ? nil : finding.advice)
        }
        if result.findings.isEmpty {
            result.quiet.append(
                .init(pathology: "checkpoint", evidence: "\(inspection.tensors.count) tensors"))
        }
        append(result)
    }

    private mutating func append(_ patient: Patient) {
        var patient = patient
        let order: [DoctorFinding.Severity] = [.alarm, .warning, .note]
        patient.findings = order.flatMap { severity in
            patient.findings.filter { $0.severity == severity }
        }
        patients.append(patient)
        let all = patients.flatMap(\.findings)
        verdict =
            all.contains { $0.severity != .note }
            ? .findings : patients.contains { !$0.cannotSay.isEmpty } ? .cannotSay : .quiet
    }

    /// The document as JSON, keys in snake case.
    public func json() throws -> String { try SnakeCaseJSON.text(self) }

    /// The diagnosis as text that fits a width: of several runs those with findings first, and what all the others
    /// have in common once.
    public func text(columns width: Int) -> String {
        guard patients.count > 1 else {
            return patients.map { Self.text($0, columns: width) }.joined()
        }
        let sick = patients.filter { $0.findings.contains { $0.severity != .note } }
        var text = Self.wrapped(
            "\(patients.count) runs and checkpoints: findings in \(sick.count)", width, 0, 2)
        for patient in patients where !patient.findings.isEmpty || !patient.notes.isEmpty {
            text += "\(patient.name)\n"
            for finding in patient.findings { text += Self.text(finding, columns: width) }
            for note in patient.notes { text += Self.wrapped("note: \(note)", width, 2, 4) }
        }
        let quiet = patients.filter(\.findings.isEmpty).map(\.name)
        if !quiet.isEmpty {
            text += Self.wrapped("nothing found in \(Self.list(quiet))", width, 0, 2)
        }
        let gaps = OrderedDictionary(
            grouping: patients.flatMap { patient in
                patient.cannotSay.map { (gap: $0, name: patient.name) }
            }, by: \.gap)
        for (gap, cases) in gaps {
            let names = cases.count == patients.count ? "any" : Self.list(cases.map(\.name))
            text += Self.wrapped(
                "cannot say \(gap.pathology) of \(names): needs \(gap.needs)", width, 0, 2)
        }
        return text
    }

    /// Some names, and how many more there are.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }

    private static func text(_ patient: Patient, columns width: Int) -> String {
        var text = "\(patient.name)\n"
        for finding in patient.findings { text += Self.text(finding, columns: width) }
        for item in patient.cannotSay {
            text += wrapped("cannot say \(item.pathology): needs \(item.needs)", width, 2, 4)
        }
        for item in patient.quiet {
            text += wrapped("quiet \(item.pathology): \(item.evidence)", width, 2, 4)
        }
        for note in patient.notes { text += wrapped("note: \(note)", width, 2, 4) }
        return text
    }

    /// A finding as text that fits a width: what, what to change, how sure it is.
    public static func text(_ finding: DoctorFinding, columns width: Int) -> String {
        let step = finding.step.map { " from step \($0)" } ?? ""
        return wrapped(
            "\(finding.severity.rawValue.uppercased()) \(finding.pathology)\(step): "
                + finding.evidence, width, 2, 4)
            + wrapped(finding.change.map { "change: \($0)" } ?? "no intervention", width, 4, 6)
            + wrapped(
                "confidence \(finding.confidence.rawValue)"
                    + (finding.source.map { ", arXiv \($0)" } ?? "")
                    + "; would confirm it: \(finding.confirmation)", width, 4, 6)
    }

    private static func wrapped(_ text: String, _ width: Int, _ first: Int, _ rest: Int) -> String {
        var lines: [String] = []
        var line = String(repeating: " ", count: first)
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > max(width, 40) {
                lines.append(line)
                line = String(repeating: " ", count: rest)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return (lines + [line]).joined(separator: "\n") + "\n"
    }
}
