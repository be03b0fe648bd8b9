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
                "steps go back \(patient.run.resumes == 1 ? "once" : "\(patient.run.resumes) times"), as after a "
                    + "resume; later records replace earlier ones"
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
                confirmation: finding.confirmation,
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

    /// The diagnosis as text that fits a width: what it comes to, then of several runs those with findings, and what
    /// all the others have in common once.
    ///
    /// - Parameters:
    ///   - width: The columns.
    ///   - usesColour: Whether severities have terminal colours.
    /// - Returns: Lines that each end with a line feed.
    public func text(columns width: Int, usesColour: Bool = false) -> String {
        var text = Self.wrapped(headline, width, 0, 2)
        for patient in patients where !patient.findings.isEmpty || !patient.notes.isEmpty {
            text += "\n\(patient.name)\n"
            for finding in patient.findings {
                text += Self.text(finding, columns: width, usesColour: usesColour)
            }
            for note in patient.notes { text += Self.wrapped("note: \(note)", width, 2, 4) }
        }
        text += order(width) + gaps(width)
        if let next { text += "\n" + Self.wrapped(next, width, 0, 2) }
        return text
    }

    /// What it comes to, in a sentence.
    private var headline: String {
        let all = patients.flatMap(\.findings)
        let counts = [
            (DoctorFinding.Severity.alarm, "alarm"), (.warning, "warning"), (.note, "note"),
        ].compactMap { severity, noun -> String? in
            let count = all.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(noun)\(count == 1 ? "" : "s")"
        }
        let sick = patients.count { $0.findings.contains { $0.severity != .note } }
        let whole =
            patients.count == 1 ? patients[0].name : "\(patients.count) runs and checkpoints"
        let found = counts.isEmpty ? "nothing found" : counts.joined(separator: ", ")
        let place =
            patients.count > 1 && sick > 0 ? "; \(sick) of \(patients.count) need a change" : ""
        return "\(whole): \(found)\(place)"
    }

    /// How to go on.
    private var next: String? {
        verdict == .cannotSay && patients.allSatisfy(\.findings.isEmpty)
            ? "`ballast probe pytorch` (or jax) prints a logger for what was not assessed." : nil
    }

    /// What was found in order.
    private func order(_ width: Int) -> String {
        if patients.count == 1 {
            let quiet = patients[0].quiet.map { item in
                Self.wrapped("\(item.pathology): \(item.evidence)", width, 2, 4)
            }
            return quiet.isEmpty ? "" : "\nno problem found\n" + quiet.joined()
        }
        let quiet = patients.filter(\.findings.isEmpty).map(\.name)
        return quiet.isEmpty
            ? "" : "\n" + Self.wrapped("nothing found in \(Self.list(quiet))", width, 0, 2)
    }

    /// What could not be assessed, and what it takes.
    private func gaps(_ width: Int) -> String {
        let gaps = OrderedDictionary(
            grouping: patients.flatMap { patient in
                patient.cannotSay.map { (gap: $0, name: patient.name) }
            }, by: \.gap)
        let lines = gaps.map { gap, cases in
            let names = cases.count == patients.count ? "" : " of \(Self.list(cases.map(\.name)))"
            return Self.wrapped("\(gap.pathology)\(names): needs \(gap.needs)", width, 2, 4)
        }
        return lines.isEmpty ? "" : "\nnot assessed\n" + lines.joined()
    }

    /// Some names, and how many more there are.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }

    /// A finding as text that fits a width: what, what to change, how sure it is.
    ///
    /// - Parameters:
    ///   - finding: The finding.
    ///   - width: The columns.
    ///   - usesColour: Whether its severity has a terminal colour.
    /// - Returns: Lines that each end with a line feed.
    public static func text(
        _ finding: DoctorFinding, columns width: Int, usesColour: Bool = false
    ) -> String {
        let step = finding.step.map { " from step \($0)" } ?? ""
        let word = finding.severity.rawValue.uppercased()
        var head = wrapped(
            "\(word) \(finding.pathology)\(step): \(finding.evidence)", width, 2, 4)
        if usesColour {
            let code = finding.severity == .alarm ? 31 : finding.severity == .warning ? 33 : 2
            head = "  \u{1b}[\(code)m\(word)\u{1b}[0m" + head.dropFirst(2 + word.count)
        }
        return head
            + wrapped(finding.change.map { "change: \($0)" } ?? "no change needed", width, 4, 6)
            + wrapped(
                "confidence: \(finding.confidence.rawValue)"
                    + " (arXiv \(finding.source)); to confirm: \(finding.confirmation)", width, 4, 6
            )
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
