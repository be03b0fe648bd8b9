import Dashboard
import FlyingSocks
import Formats
import Foundation
import Testing

@Suite("the dashboard's server", .serialized)
struct ServerTests {
    /// A server over a folder, for as long as the body takes.
    private func serve(
        _ lab: Lab, limits: Server.Limits = .init(),
        _ body: @Sendable (_ port: UInt16, _ model: DashboardModel) async throws -> Void
    ) async throws {
        let model = DashboardModel(root: lab.path)
        await lab.settle(model)
        let site = DashboardSite(model, access: Access(token: nil))
        let server = try await Server(address: "127.0.0.1", port: 0, limits: limits) {
            await site.answer($0)
        }
        let port = try #require(UInt16(exactly: server.port))
        let running = Task { try await server.run() }
        let following = Task { try await DashboardSite.follow(model) }
        defer {
            running.cancel()
            following.cancel()
        }
        try await body(port, model)
    }

    private func client(_ port: UInt16) async throws -> AsyncSocket {
        try await AsyncSocket.connected(to: sockaddr_in.inet(ip4: "127.0.0.1", port: port))
    }

    /// What a client reads until the server closes, or until a mark has come.
    private func read(_ client: AsyncSocket, until mark: String? = nil) async throws -> String {
        var bytes: [UInt8] = []
        while true {
            do {
                bytes += try await client.read(atMost: 4096)
            } catch SocketError.disconnected {
                break
            }
            if let mark, String(decoding: bytes, as: UTF8.self).contains(mark) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func ask(_ port: UInt16, _ head: String) async throws -> String {
        // Beside a whole suite the server may not come to a request in time, and ends it as promised.
        for _ in 0..<20 {
            if let answer = try? await answer(port, head), !answer.isEmpty { return answer }
        }
        return try await answer(port, head)
    }

    private func answer(_ port: UInt16, _ head: String) async throws -> String {
        let client = try await client(port)
        defer { try? client.close() }
        try await client.write(Data(head.utf8))
        return try await read(client)
    }

    @Test("page, assets and numbers come with a policy that lets nothing else in")
    func page() async throws {
        let lab = try Lab()
        try lab.log(try lab.begin("run", rate: 0.01), 1...30)
        try await serve(lab) { port, _ in
            let page = try await ask(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n"))
            for part in ["script-src 'self'", "connect-src 'self'", "nosniff"] {
                #expect(page.contains(part), "\(part)")
            }
            #expect(!page.contains("unsafe-"))
            // Nothing in the page runs or looks otherwise than by its files.
            let markup = try #require(page.components(separatedBy: "\r\n\r\n").last)
            #expect(
                markup.firstMatch(of: /\son[a-z]+=|\sstyle=|<style|<script>|javascript:/) == nil)
            for asset in markup.matches(of: /(?:src|href)="(\/assets\/[^"]+)"/) {
                let file = try await ask(
                    port, "GET \(asset.1) HTTP/1.1\r\nConnection: close\r\n\r\n")
                #expect(file.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(asset.1)")
                #expect(!file.contains("eval(") && !file.contains("new Function"))
            }
            let curves = try await ask(
                port,
                "GET /api/curves?runs=0&tags=train/loss HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(curves.contains("\"run\":0,\"tag\":\"train\\/loss\",\"epoch\":0,\"count\":30"))
        }
    }

    @Test(
        "what is not asked for properly is refused, and the next client is served",
        arguments: [
            ("POST / HTTP/1.1\r\nConnection: close\r\n\r\n", "405"),
            ("GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "413"),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "413"),
            ("GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n", "404"),
            ("GET /api/run?id=7 HTTP/1.1\r\nConnection: close\r\n\r\n", "404"),
            ("GET /files/../x.txt HTTP/1.1\r\nConnection: close\r\n\r\n", "404"),
            ("nonsense\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost: evil\r\n\r\n", "421"),
        ])
    func refused(_ head: String, _ status: String) async throws {
        try await serve(try Lab()) { port, _ in
            let head =
                status == "421"
                ? head.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n") : head
            #expect(try await ask(port, head).hasPrefix("HTTP/1.1 \(status) "))
            let next = try await ask(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(next.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("a head without end is cut off at its limit")
    func endless() async throws {
        try await serve(try Lab()) { port, _ in
            let client = try await client(port)
            defer { try? client.close() }
            let piece = Data(repeating: UInt8(ascii: "a"), count: 4096)
            try await client.write(Data("GET /".utf8))
            var sent = 0
            do {
                while sent < 1 << 26 {
                    try await client.write(piece)
                    sent += piece.count
                }
            } catch {}
            #expect(sent < 1 << 24)
        }
    }

    @Test("hundreds of clients that never finish their request keep nobody out")
    func slow() async throws {
        var limits = Server.Limits()
        limits.connections = 32
        limits.headSeconds = 60
        try await serve(try Lab(), limits: limits) { port, _ in
            var clients: [AsyncSocket] = []
            for _ in 0..<200 {
                let client = try await client(port)
                try? await client.write(Data("GET / HT".utf8))
                clients.append(client)
            }
            let begin = ContinuousClock.now
            let page = try await ask(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            #expect(page.hasPrefix("HTTP/1.1 200 ") && ContinuousClock.now - begin < .seconds(5))
            for client in clients { try? client.close() }
        }
    }

    @Test("who does not send in time, or does not read, is cut off")
    func deadlines() async throws {
        var limits = Server.Limits()
        limits.headSeconds = 0.6
        limits.writeSeconds = 0.6
        let lab = try Lab()
        // More than buffers between two sockets hold.
        try lab.write("big.csv", String(repeating: "0123456789\n", count: 2_000_000))
        try await serve(lab, limits: limits) { port, _ in
            let silent = try await client(port)
            #expect(try await read(silent).isEmpty)
            let lazy = try await client(port)
            try await lazy.write(Data("GET /files/big.csv HTTP/1.1\r\n\r\n".utf8))
            try await Task.sleep(for: .seconds(3))
            let received = try await read(lazy).utf8.count
            #expect(received > 0 && received < 22_000_000)
        }
    }

    @Test("curves and rows stream as they are logged")
    func stream() async throws {
        let lab = try Lab()
        try lab.log(try lab.begin("run", rate: 0.01), 1...10)
        let folder = lab.path + "/run"
        try await serve(lab) { port, _ in
            let client = try await client(port)
            defer { try? client.close() }
            try await client.write(
                Data("GET /api/stream?runs=0&tags=train/loss HTTP/1.1\r\n\r\n".utf8))
            let first = try await read(client, until: "event: curve")
            #expect(first.contains("text/event-stream") && first.contains("event: overview"))
            // A second session, as after a stop.
            let writer = try EventFileWriter(folder: folder)
            try writer.append(step: 11, wallTime: 2, scalars: [("train/loss", 1.5)])
            try writer.flush()
            let next = try await read(client, until: "event: points")
            #expect(next.contains("event: points"))
        }
    }
}
