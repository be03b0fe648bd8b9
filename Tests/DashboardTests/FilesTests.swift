import Dashboard
import Foundation
import Testing

@Suite("files that the dashboard sends")
struct FilesTests {
    /// A folder with a page, beside a secret that must never be sent.
    private func withFolder(_ body: (_ files: ServedFiles, _ root: String) throws -> Void) throws {
        let base = NSTemporaryDirectory() + "ballast-files-\(UUID().uuidString)"
        let root = base + "/root"
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: root + "/study/.hidden", withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: base) }
        for (name, text) in [
            ("secret.txt", "SECRET"), ("root/report.html", "page"), ("root/study/a b.csv", "1"),
            ("root/study/config.bin", "SECRET"), ("root/study/.hidden/x.txt", "SECRET"),
        ] { try text.write(toFile: base + "/" + name, atomically: true, encoding: .utf8) }
        try manager.createSymbolicLink(
            atPath: root + "/link.txt", withDestinationPath: "../secret.txt")
        try manager.createSymbolicLink(atPath: root + "/up", withDestinationPath: "..")
        try manager.createSymbolicLink(
            atPath: root + "/study/inner.html", withDestinationPath: "../report.html")
        try body(ServedFiles(root: root), root)
    }

    private func text(_ response: Response?) -> String? {
        guard case .data(let data) = response?.body else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    @Test("a page below the folder is sent, in a place of its own")
    func sent() throws {
        try withFolder { files, _ in
            let page = try #require(files.file(["report.html"]))
            #expect(text(page) == "page" && page.status == 200)
            #expect(page.fields["Content-Security-Policy"]?.hasPrefix("sandbox ") == true)
            #expect(page.fields["Content-Security-Policy"]?.contains("connect-src") == false)
            #expect(text(files.file(["study", "a b.csv"])) == "1")
        }
    }

    @Test("no path, link or kind of file leads elsewhere")
    func refused() throws {
        try withFolder { files, root in
            for path in [
                [], ["..", "secret.txt"], ["study", "..", "..", "secret.txt"], ["link.txt"],
                ["up", "secret.txt"], ["study", "inner.html"], ["study", "config.bin"],
                ["study", ".hidden", "x.txt"], [".", "report.html"], ["", "report.html"],
                ["study/../report.html"], ["../secret.txt"], ["study"], ["report.html", ""],
                ["report.html", "x.txt"], [root, "report.html"], ["report.html\0.txt"],
                Array(repeating: "study", count: 70) + ["a.csv"],
            ] { #expect(files.file(path) == nil, "\(path)") }
            #expect(unsafe mkfifo(root + "/pipe.txt", 0o600) == 0)
            #expect(files.file(["pipe.txt"]) == nil)
        }
    }

    @Test("thousands of paths made of what leads elsewhere, as a browser would ask for them")
    func fuzz() throws {
        try withFolder { files, _ in
            let pieces = [
                "..", "%2e%2e", "%2E.", ".%2e", "%2f", "%5c", "..%2f", "..%5c", "/", "//", "\\",
                "study",
                "up", "secret.txt", "link.txt", "report.html", "%00", "%252e%252e", "..;", "%c0%ae",
                ".",
                "~", "%7e", "root",
            ]
            var generator = SystemRandomNumberGenerator()
            var sent = 0
            for _ in 0..<20_000 {
                let target =
                    "/files/"
                    + (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                        pieces.randomElement(using: &generator) ?? ""
                    }.joined(separator: Bool.random(using: &generator) ? "/" : "")
                let head = Array("GET \(target) HTTP/1.1\r\n\r\n".utf8)
                guard let request = try? Request.read(head[...])?.0 else { continue }
                guard let body = text(files.file(Array(request.path.dropFirst()))) else { continue }
                sent += 1
                #expect(body == "page", "\(target)")
            }
            // The check can fail: the page itself was asked for now and then.
            #expect(sent > 0)
        }
    }
}
