import Documents
import Foundation
import Testing

@Suite("reports that leave their machine")
struct RedactionTests {
    private let redaction = Redaction(
        folder: "/data/team/runs/one", workingDirectory: "/data/team", home: "/home/ada",
        hosts: ["node-17", "localhost", ""])

    @Test(
        "known folders by a word, other paths by their last part, hosts not at all",
        arguments: [
            ("ballast report /data/team/runs/one", "ballast report FOLDER"),
            ("/data/team/runs/one/report.html", "FOLDER/report.html"),
            ("--set data.text=[/data/team/a.txt]", "--set data.text=[./a.txt]"),
            ("/home/ada/x.txt, /scratch/big/corpus.txt", "~/x.txt, …/corpus.txt"),
            ("begun on node-17.", "begun on HOST."),
            ("/data/teams/other", "…/other"), ("node-170, localhost", "node-170, localhost"),
            (
                "attn/0/max_logit, 1/2 nats / token, https://vega.github.io/schema/v6.json",
                "attn/0/max_logit, 1/2 nats / token, https://vega.github.io/schema/v6.json"
            ),
            ("</dd></dl>", "</dd></dl>"),
        ])
    func text(given: String, shared: String) {
        #expect(redaction.text(given) == shared)
    }

    @Test("a page loses links to folders, keeps those to figures, and its scripts")
    func page() {
        let bundle = "<script>\nvar a=b/data/team/c;/node-17/g\n</script>"
        let page = """
            <p><a href="cells/node-17/">run</a> <a href="#run-1">1</a> <a href="figures/f.csv">csv</a></p>
            \(bundle)<script>window.ballastFigures = [{"label":"/data/team/x/y.txt"}];</script>
            <dd>node-17, /data/team/x</dd>
            """
        let shared = redaction.page(page)
        #expect(
            shared.contains("<p>run <a href=\"#run-1\">1</a> <a href=\"figures/f.csv\">csv</a></p>")
        )
        #expect(shared.contains(bundle))
        #expect(shared.contains("[{\"label\":\"./x/y.txt\"}]"))
        #expect(shared.contains("<dd>HOST, ./x</dd>"))
    }

    @Test("a drawing that a page holds is one without them too")
    func drawing() throws {
        let svg = Data("<svg><text>/data/team/a</text></svg>".utf8).base64EncodedString()
        let shared = redaction.page("<img src=\"data:image/svg+xml;base64,\(svg)\">")
        let start = try #require(shared.range(of: "base64,")).upperBound
        let data = try #require(Data(base64Encoded: String(shared[start...].dropLast(2))))
        #expect(String(decoding: data, as: UTF8.self) == "<svg><text>./a</text></svg>")
    }

    @Test("copies texts, and leaves the report as it is")
    func copies() throws {
        let folder = NSTemporaryDirectory() + "share-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder + "/figures", withIntermediateDirectories: true)
        let hiding = Redaction(folder: folder, workingDirectory: "/", home: "/root", hosts: [])
        let text = "a,\(folder)/x\n"
        let files = ["report.html", "figures/f.csv"].map { folder + "/" + $0 }
        for file in files { try text.write(toFile: file, atomically: true, encoding: .utf8) }
        let written = try SharedReport.write(
            files, of: folder, to: folder + "/share", hiding: hiding, python: nil)
        #expect(
            written == ["report.html", "figures/f.csv"].map { folder + "/share/" + $0 })
        for file in written {
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "a,FOLDER/x\n")
        }
        #expect(try String(contentsOfFile: files[0], encoding: .utf8) == text)
    }
}
