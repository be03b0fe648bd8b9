import Foundation
import Runs
import Testing
import Training

@Suite("run identities")
struct RunIdentityTests {
    @Test("values are compared as what they are, and names of files are none of them")
    func values() throws {
        func identity(_ text: String) throws -> RunIdentity {
            RunIdentity(
                try ConfigurationFile.configuration(
                    from: ConfigurationFile.yaml(of: text, source: "test"), source: "test"))
        }
        let first = try identity("optimizer: {learning-rate: 1e-3}\ndata: {text: [a.txt]}")
        let same = try identity("optimizer: {learning-rate: 0.001}\ndata: {text: [b.txt, c]}")
        #expect(first == same && first.folderName == same.folderName)
        #expect(first.configuration?["optimizer.learning-rate"] == .number(1e-3))
        #expect(first.configuration?["data.batch"] == .integer(16))
        #expect(first.configuration?["data.text"] == nil)
        let other = try identity("optimizer: {learning-rate: 2e-3, rule: lion}")
        let differences = other.differences(from: first)
        #expect(
            differences.contains(
                .init(.configuration, "optimizer.learning-rate", there: "0.001", here: "0.002")))
        #expect(
            differences.contains(
                .init(.configuration, "optimizer.rule", there: "adamw", here: "lion")))
        // A key that the other rule does not have.
        #expect(differences.contains { $0.key == "optimizer.epsilon" && $0.here == "not set" })
        #expect(first.differences(from: first).isEmpty)
    }

    @Test("seeds beyond the whole numbers of double precision are told apart")
    func seeds() throws {
        var configuration = RunConfiguration()
        configuration.seed = (1 << 53) + 1
        let first = RunIdentity(configuration)
        configuration.seed = 1 << 53
        let second = RunIdentity(configuration)
        #expect(first != second && first.folderName != second.folderName)
        configuration.seed = .max
        let third = RunIdentity(configuration)
        #expect(third.configuration?["seed"] == .unsigned(.max))
        let data = try JSONEncoder().encode(third)
        #expect(try JSONDecoder().decode(RunIdentity.self, from: data) == third)
    }

    @Test("every key of a configuration but the names of texts counts")
    func everyKey() throws {
        let text = ConfigurationFile.text(of: RunConfiguration())
        let values = RunIdentity.values(of: RunConfiguration())
        let keys = text.split(separator: "\n").filter { $0.contains(":") && !$0.hasSuffix(":") }
        // Left out are data.tokenizer, data.tokens and data.field.
        let neutral = RunIdentity.neutral.count { key, _ in
            KeyTable(rule: "adamw")?[key] != nil && values[key] == nil
        }
        #expect(values.count + neutral + 3 >= keys.count && values.count > 50)
        for (key, value) in values {
            var changed = values
            changed[key] = .text("other")
            let identity = RunIdentity(configuration: changed)
            let difference = identity.differences(from: RunIdentity(configuration: values))
            #expect(difference.map(\.key) == [key], "\(value)")
            #expect(identity.folderName != RunIdentity(configuration: values).folderName)
        }
    }

    @Test("unknown is neither equal nor different; facts of an engine are compared by name")
    func unknown() {
        let whole = RunIdentity(
            configuration: [:], data: "a", engine: ["name": "cpu", "isa": "avx2"], numerics: 1)
        let old = RunIdentity(data: "a", engine: ["name": "cpu"])
        #expect(whole.differences(from: old).isEmpty)
        #expect(whole.unknownParts(in: [old]) == [.configuration, .numerics])
        #expect(whole.unknownParts(in: [old, whole]).isEmpty)
        var other = whole
        other.engine = ["name": "cpu", "isa": "portable"]
        other.numerics = 2
        #expect(whole.differences(from: other).map(\.key) == ["numerics", "engine.isa"])
        other.engine = ["name": "xla", "platform": "cpu"]
        #expect(whole.differences(from: other).map(\.key) == ["numerics", "engine"])
    }
}
