import Foundation
import Testing

@Suite struct InspectTests {
    /// Checkpoints that Python's packages wrote.
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().path

    @Test func aCheckpointIsInspected() throws {
        let scratch = try Tool.Scratch()
        let path = Self.fixtures + "/InspectionTests/Oracle/llama"
        let text = try Tool.run(["inspect", path], in: scratch, environment: ["COLUMNS": "80"])
        #expect(text.code == 0 && text.errors.isEmpty)
        #expect(text.output.contains("safetensors, 20 tensors, 5776 elements, Llama's names"))
        let lines: [Substring] = text.output.split(separator: "\n")
        #expect(lines.dropFirst().allSatisfy { $0.count <= 80 })
        let json = try Tool.run(
            ["inspect", path, "--json", "--learning-rate", "1e-2", "--weight-decay", "0.1"],
            in: scratch)
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(document["schema"] as? String == "ballast-inspection-1")
        #expect((document["tensors"] as? [Any])?.count == 20)
        #expect(json.output.contains("\"equilibrium\""))
        let csv = try Tool.run(["inspect", path, "--csv", "--norms-only"], in: scratch)
        #expect(csv.output.split(separator: "\n").count == 21)
        let portable = try Tool.run(
            ["inspect", path, "--csv", "--exact"], in: scratch,
            environment: ["BALLAST_ISA": "portable"])
        #expect(portable.code == 0)
    }

    @Test func whatCannotBeReadIsSaid() throws {
        let scratch = try Tool.Scratch()
        let hostile = Self.fixtures + "/TensorFilesTests/Oracle/hostile.pt"
        let refused = try Tool.run(["inspect", hostile], in: scratch)
        #expect(refused.code == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("it refers to 'posix.system'"))
        let none = try Tool.run(["inspect", "none"], in: scratch)
        #expect(
            none.code == 1
                && none.errors == "ballast: none: open: No such file or directory; check the path\n"
        )
        for arguments in [
            ["inspect"], ["inspect", "x", "--exact", "--norms-only"],
            ["inspect", "x", "--json", "--csv"], ["inspect", "x", "--weight-decay", "nan"],
        ] {
            #expect(try Tool.run(arguments, in: scratch).code == 64, "\(arguments)")
        }
    }
}
