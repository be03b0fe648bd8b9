import Dashboard
import Testing

@Suite("requests to the dashboard")
struct RequestTests {
    private func read(_ text: String) throws(Request.Refusal) -> Request? {
        try Request.read(Array(text.utf8)[...])?.0
    }

    @Test("a head is read: path, query, fields, and what it took")
    func whole() throws {
        let text =
            "GET /files/a%20b/report.html?x=1&y=a%2Cb+c&x=2 HTTP/1.1\r\nHost: localhost:1\r\n"
            + "Connection:  keep-alive \r\n\r\nGET"
        let (request, length) = try #require(try Request.read(Array(text.utf8)[...]))
        #expect(request.path == ["files", "a b", "report.html"])
        #expect(request.query == ["x": "2", "y": "a,b c"])
        #expect(request.fields["host"] == "localhost:1" && request.keepsAlive)
        #expect(length == text.utf8.count - 3)
        #expect(try read("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")?.keepsAlive == false)
        #expect(try read("GET / HTTP/1.0\r\n\r\n")?.keepsAlive == false)
        #expect(try read("GET / HTTP/1.1\r\nHost: a\r\n") == nil)
    }

    @Test(
        "what is no head is refused",
        arguments: [
            "GET /\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\n\r\n", "GET / HTTP/2\r\n\r\n",
            "GET / HTTP/1.1\r\nno field\r\n\r\n",
            "GET / HTTP/1.1\r\n: x\r\n\r\n", "GET / HTTP/1.1\r\na b: x\r\n\r\n",
            "GET /%00 HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n", "GET /%ff HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", "GET / HTTP/1.1\r\nA: b\u{7}\r\n\r\n",
            "GET /ä HTTP/1.1\r\n\r\n", "\r\n\r\n",
        ])
    func malformed(_ text: String) {
        #expect(throws: Request.Refusal.malformed) { try read(text) }
    }

    @Test("a head without end is refused before it takes memory")
    func long() {
        let endless = "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: Request.longest)
        #expect(throws: Request.Refusal.tooLong) { try read(endless) }
        #expect(throws: Request.Refusal.tooLong) { try read(endless + "\r\n\r\n") }
    }

    @Test("no bytes make the reader fail otherwise")
    func fuzz() throws {
        let seed = Array("GET /a%2e/..//b?x=%41&&=&y HTTP/1.1\r\nHost: a\r\nB:\r\n\r\n".utf8)
        var generator = SystemRandomNumberGenerator()
        var read = 0
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if let request = try? Request.read(bytes[...]) {
                read += 1
                #expect(!request.0.path.contains { $0.contains("\0") })
            }
        }
        #expect(read > 0)
    }
}

@Suite("who is answered")
struct AccessTests {
    private func request(_ target: String, _ fields: [String: String] = [:]) throws -> Request {
        let lines = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
        return try #require(
            try Request.read(Array("GET \(target) HTTP/1.1\r\n\(lines)\r\n".utf8)[...])
        ).0
    }

    @Test("on loopback, whoever asks for a name of this machine")
    func loopback() throws {
        let access = Access(address: "127.0.0.1")
        #expect(access.token == nil)
        for host in ["localhost:8642", "127.0.0.1", "[::1]:80", "LOCALHOST"] {
            #expect(access.refusal(of: try request("/", ["Host": host])) == nil, "\(host)")
        }
        for host in ["evil.example", "localhost.evil.example:8642", "127.0.0.1.evil.example"] {
            #expect(access.refusal(of: try request("/", ["Host": host]))?.status == 421, "\(host)")
        }
    }

    @Test("elsewhere, who knows the token")
    func token() throws {
        let access = Access(address: "0.0.0.0")
        let token = try #require(access.token)
        #expect(token.count == 32 && Access(address: "0.0.0.0").token != token)
        #expect(access.refusal(of: try request("/"))?.status == 401)
        #expect(access.refusal(of: try request("/?token=\(token.dropLast())"))?.status == 401)
        let welcome = try #require(access.refusal(of: try request("/?token=\(token)")))
        #expect(welcome.status == 303 && welcome.fields["Location"] == "/")
        let cookie = try #require(welcome.fields["Set-Cookie"]?.split(separator: ";").first)
        #expect(welcome.fields["Set-Cookie"]?.contains("HttpOnly; SameSite=Strict") == true)
        #expect(
            access.refusal(of: try request("/api/overview", ["Cookie": "a=b; \(cookie)"])) == nil)
        #expect(
            access.refusal(of: try request("/", ["Authorization": "Bearer \(token)"])) == nil)
        #expect(access.refusal(of: try request("/", ["Cookie": "ballast_token="]))?.status == 401)
    }

    @Test(
        "what is loopback",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("0.0.0.0", false),
            ("10.0.0.1", false), ("127.0.0.1.example", false), ("127.0.0", false), ("::", false),
        ])
    func addresses(_ address: String, _ isLoopback: Bool) {
        #expect(Access.isLoopback(address) == isLoopback)
    }
}
