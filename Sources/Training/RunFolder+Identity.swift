import Formats
import Foundation
public import Runs

/// What the files of a folder say of the run in it.
public struct RecordedRun: Sendable {
    /// What each file says, as far as it says it.
    public var identities: [RunIdentity] = []
    /// The names of the text in `config.yaml`; nil without one.
    public var text: [String]?
    /// What `result.json` says was trained on which data; nil where it says nothing.
    public var resultIdentity: String?
    /// Whether a process has said by what it trains: before that there is nothing to go on from.
    public var hasBegun = false
}

extension RunFolder {
    /// What `config.yaml`, `manifest.json` and `result.json` say of the run that stands there.
    ///
    /// - Returns: Nil where none of them stands.
    /// - Throws: ``RunError`` and ``ConfigurationError`` for a file that cannot be read.
    public func recordedRun() throws -> RecordedRun? {
        try recordedRun(asked: nil, values: nil)
    }

    /// The same, without reading YAML where `config.yaml` is, byte for byte, what would be written for the
    /// configuration that is asked for: a sweep of thousands of runs takes a third of the time.
    ///
    /// - Parameters:
    ///   - asked: The configuration.
    ///   - values: Its values, as ``Runs/RunIdentity/values(of:)`` has them.
    /// - Returns: Nil where none of the files stands.
    /// - Throws: As ``recordedRun()``.
    private func recordedRun(
        asked: RunConfiguration?, values: [String: ConfigurationValue]?
    ) throws -> RecordedRun? {
        var run = RecordedRun()
        if let asked, let values, let bytes = try WholeFile.read(configuration),
            bytes.elementsEqual(ConfigurationFile.text(of: asked).utf8)
        {
            run.text = asked.dataNames
            run.identities.append(RunIdentity(configuration: values))
        } else if exists {
            let configuration = try ConfigurationFile.read(configuration)
            run.text = configuration.dataNames
            run.identities.append(
                RunIdentity(configuration: RunIdentity.values(of: configuration)))
        }
        let manifest = try readManifest()
        if let manifest {
            run.identities.append(manifest.recordedIdentity)
        }
        let result = try readResult()
        run.resultIdentity = result?.identity
        run.hasBegun = manifest != nil || result != nil
        return exists || manifest != nil || result != nil ? run : nil
    }

    /// Checks that the run which stands there is the one asked for.
    ///
    /// - Parameters:
    ///   - identity: What is asked for; parts that are nil are not compared.
    ///   - text: The names of its text.
    ///   - accepting: What the user takes nevertheless.
    /// - Returns: What was taken so, for the manifest: `engine: cpu, then xla`.
    /// - Throws: ``RunError/otherIdentity(folder:differences:others:)`` and
    ///   ``RunError/unknownIdentity(folder:parts:others:)``, and what reading the files throws.
    @discardableResult
    public func check(
        _ identity: RunIdentity, text: [String], accepting: IdentityAcceptance = []
    ) throws -> [String] {
        guard let run = try recordedRun() else { return [] }
        return try run.check(identity, text: text, in: path, accepting: accepting)
    }

    /// The same, given the configuration whose values the identity holds.
    package func check(
        _ identity: RunIdentity, of asked: RunConfiguration, accepting: IdentityAcceptance = []
    ) throws {
        guard let run = try recordedRun(asked: asked, values: identity.configuration) else {
            return
        }
        _ = try run.check(identity, text: asked.dataNames, in: path, accepting: accepting)
    }
}

extension Manifest {
    /// What it says of the run; what earlier versions wrote says the same in other places, numerics aside.
    package var recordedIdentity: RunIdentity {
        identity
            ?? RunIdentity(
                data: textDigest,
                engine: RunIdentity.facts(named: engine, sessions.last?.engine ?? [:]))
    }
}

extension RecordedRun {
    /// Checks that the run is the one asked for, as ``Runs/RunFolder/check(_:text:accepting:)`` does.
    func check(
        _ identity: RunIdentity, text names: [String], in place: String,
        accepting: IdentityAcceptance
    ) throws(RunError) -> [String] {
        var differences: [RunIdentity.Difference] = []
        for recorded in identities {
            for difference in identity.differences(from: recorded)
            where !differences.contains(difference) {
                differences.append(difference)
            }
        }
        for index in differences.indices where differences[index].part == .data {
            if let text { differences[index].there += " of [\(text.joined(separator: ", "))]" }
            differences[index].here += " of [\(names.joined(separator: ", "))]"
        }
        if differences.isEmpty, let resultIdentity, identity.data != nil,
            identity.configuration != nil, resultIdentity != identity.folderName
        {
            differences.append(
                .init(
                    .configuration, "identity in result.json", there: resultIdentity,
                    here: identity.folderName))
        }
        let order = RunIdentity.Part.allCases
        let refused = differences.filter { $0.part != .engine || !accepting.contains(.engine) }
            .sorted { (order.firstIndex(of: $0.part) ?? 0) < (order.firstIndex(of: $1.part) ?? 0) }
        guard refused.isEmpty else {
            throw .otherIdentity(folder: place, differences: refused)
        }
        let unknown = hasBegun ? identity.unknownParts(in: identities) : []
        guard unknown.isEmpty || accepting.contains(.unknown) else {
            throw .unknownIdentity(folder: place, parts: unknown)
        }
        return differences.map { "\($0.key): \($0.there), then \($0.here)" }
            + unknown.map { "\($0.rawValue): unknown" }
    }
}
