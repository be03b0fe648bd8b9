import Foundation
import Modules
import Optimizers
import Statistics
import Testing
import Training
import Yams

@Suite("the table of keys")
struct KeyTableTests {
    /// The paths of single values and lists in what an encoder makes of a configuration, in its order.
    private func paths(_ node: Node, below place: String = "") -> [String] {
        guard case .mapping(let mapping) = node else { return [place] }
        return mapping.flatMap { key, value in
            let name = key.string ?? ""
            return paths(value, below: place.isEmpty ? name : "\(place).\(name)")
        }
    }

    @Test(
        "holds every key of a configuration, in the order of files",
        arguments: OptimizerCatalog.names)
    func complete(rule: String) throws {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = false
        let text = try encoder.encode(RunConfiguration(rule: rule))
        let encoded = try #require(try Yams.compose(yaml: text))
        let table = try #require(KeyTable(rule: rule))
        #expect(table.keys.map(\.path) == paths(encoded))
        for key in table.keys {
            #expect(!key.meaning.isEmpty && key.meaning.hasSuffix("."), "\(key.path)")
            #expect(key.value(in: RunConfiguration(rule: rule)) != nil, "\(key.path)")
        }
    }

    @Test("the text of a configuration is what Yams makes of it, numbers aside")
    func text() throws {
        for rule in OptimizerCatalog.names {
            var configuration = RunConfiguration(rule: rule)
            configuration.data.text = ["a b.txt", "true", "12", "~/x", "ü", "*.txt"]
            configuration.telemetry.formats = [.bf16, .fp16]
            let encoder = YAMLEncoder()
            encoder.options.sortKeys = false
            let encoded = try encoder.encode(configuration).split(separator: "\n")
            let own = ConfigurationFile.text(of: configuration).split(separator: "\n")
            #expect(own.count == encoded.count)
            for (a, b) in zip(own, encoded) where a != b {
                // Yams writes up to seventeen digits of a number, and sometimes an exponent.
                let (x, y) = (a.split(separator: " ").last, b.split(separator: " ").last)
                let number = try #require(Double(x ?? ""), "\(a)")
                #expect(Double(y ?? "") == number, "\(a): \(b)")
                #expect(a.prefix { $0 != ":" } == b.prefix { $0 != ":" })
            }
        }
    }

    @Test(
        "every range holds the default, and refuses what lies beyond it before anything is computed"
    )
    func ranges() throws {
        for rule in OptimizerCatalog.names {
            for key in try #require(KeyTable(rule: rule)).keys {
                let values =
                    switch key.domain {
                    case .whole: ["9223372036854775807", "4611686018427387904", "-1", "1e300"]
                    case .seed: ["-1", "1e300", "18446744073709551616"]
                    case .number: ["1e39", ".inf", ".nan", "-1e-3"]
                    case .flag, .word, .words: ["no-such-word"]
                    }
                if [.words([]), .word([])].contains(key.domain) { continue }
                for value in values {
                    let error = #expect(throws: ConfigurationError.self, "\(key.path)=\(value)") {
                        try ConfigurationFile.configuration(
                            RunConfiguration(rule: rule), overrides: ["\(key.path)=\(value)"])
                    }
                    #expect(error?.description.contains(key.path) == true, "\(key.path)=\(value)")
                }
            }
        }
    }

    @Test("a number that single precision has no digits of is refused wherever it stands")
    func singlePrecision() throws {
        for (key, value) in [
            ("optimizer.learning-rate", "1e-46"), ("optimizer.epsilon", "1e-50"),
            ("optimizer.clip", "1e-45"), ("loss.z-loss", "1e-60"), ("model.norm-epsilon", "1e-45"),
            ("optimizer.weight-decay.rate", "1e-300"),
        ] {
            #expect(throws: ConfigurationError.self, "\(key)") {
                try ConfigurationFile.configuration(
                    RunConfiguration(), overrides: ["\(key)=\(value)"])
            }
        }
        var configuration = RunConfiguration()
        configuration.optimizer.learningRate = 1e-46
        #expect(throws: ConfigurationError.self) { try configuration.validate() }
    }

    @Test("sizes whose products cannot be computed with are refused, each within its range")
    func products() throws {
        for sets in [
            ["data.batch=134217728", "model.context=1048576"],
            ["model.width=65536", "model.depth=1024", "model.mlp-ratio=64"],
            ["steps=1000000000", "data.batch=1048576", "model.context=1024"],
            ["evaluation.batches=1000000", "data.batch=4194304", "model.context=1024"],
        ] {
            let error = #expect(throws: ConfigurationError.self, "\(sets)") {
                try ConfigurationFile.configuration(RunConfiguration(), overrides: sets)
            }
            #expect(error?.description.contains("are more than") == true, "\(sets)")
        }
    }

    @Test("a value has one text, however it was written")
    func labels() throws {
        for (written, text) in [
            ("0.01", "1e-2"), ("1e-2", "1e-2"), ("10.0", "10"), ("1e1", "10"), ("0.1", "0.1"),
            ("3e-3", "3e-3"), ("0.05", "5e-2"), ("0.00123", "1.23e-3"), ("1E+4", "10000"),
            ("1e5", "1e5"), ("1e-6", "1e-6"),
        ] {
            let configuration = try ConfigurationFile.configuration(
                RunConfiguration(), overrides: ["optimizer.clip=\(written)"])
            let key = try #require(KeyTable(rule: "adamw")?["optimizer.clip"])
            #expect(key.value(in: configuration)?.text == text, "\(written)")
        }
    }
}
