import Foundation
import Recipes
import Telemetry
import Testing

@Suite("probe")
struct ProbeTests {
    @Test("each file is Python that compiles", arguments: ProbeScript.allCases)
    func compiles(_ script: ProbeScript) throws {
        let scratch = try Scratch()
        let file = try scratch.file("ballast_probe.py", script.text)
        let check = "import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 10))"
        let whole = try scratch.python(["-c", check, file])
        #expect(whole.code == 0, "\(whole.errors)")
        let broken = try scratch.file("broken.py", script.text + "def broken(:\n")
        #expect(try scratch.python(["-c", check, broken]).code != 0)
        #expect(script.text.hasPrefix("\"\"\"Norms of a "))
        #expect(!script.text.contains("\n\n\n\n") && script.text.hasSuffix("\n"))
    }

    @Test("what its top says it measures are tags of Ballast's", arguments: ProbeScript.allCases)
    func tags(_ script: ProbeScript) throws {
        let groups = ["norm/", "attn/", "act/", "out/", "train/", "val/", "optim/"]
        let lines = script.text.split(separator: "\n").filter { $0.hasPrefix("    ") }
        let words = lines.flatMap { $0.split(separator: " ").map { $0.trimming(",") } }
        let listed = words.filter { word in
            groups.contains { word.hasPrefix($0) } && !word.contains("{") && !word.contains("\"")
        }
        #expect(Set(listed).count >= 12)
        for tag in Set(listed) {
            let own = tag.replacing("TENSOR", with: "head").replacing("/L", with: "/0")
                .replacing("/H", with: "/0")
            #expect(Metric(tag: own).unit != .unknown, "\(own)")
        }
    }
}

extension Substring {
    /// The text without what stands at its ends.
    fileprivate func trimming(_ character: Character) -> String {
        var text = self
        while text.last == character { text = text.dropLast() }
        return String(text)
    }
}
