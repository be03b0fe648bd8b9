import FlyingSocks
import Foundation
import Synchronization

/// Answers requests over HTTP/1.1: heads alone, of a bounded size, within a bounded time, from a bounded
/// number of clients.
///
/// Who sends slowly, reads slowly or never leaves holds no more than one connection for as long as
/// ``Limits`` say.
package final class Server: Sendable {
    /// What clients may take.
    package struct Limits: Sendable {
        /// Connections at a time; of more, the one that has waited longest for a request gives way.
        package var connections = 512
        /// Seconds for a head to arrive, from the end of the last answer.
        package var headSeconds = 15.0
        /// Seconds for a piece of an answer to be taken.
        package var writeSeconds = 20.0

        /// The usual limits.
        package init() {}
    }

    /// The port that it listens at.
    package let port: Int
    private let socket: AsyncSocket
    private let pool: any AsyncSocketPool
    private let limits: Limits
    private let answer: @Sendable (Request) async -> Response
    private let deadlines = Deadlines()

    /// Listens; nothing is answered before ``run()``.
    ///
    /// - Parameters:
    ///   - address: An IPv4 or IPv6 address of this machine.
    ///   - port: The port; 0 for any that is free.
    ///   - limits: What clients may take.
    ///   - answer: What is answered.
    /// - Throws: ``DashboardError`` where the system refuses.
    package init(
        address: String, port: Int, limits: Limits = Limits(),
        answer: @escaping @Sendable (Request) async -> Response
    ) async throws {
        self.limits = limits
        self.answer = answer
        guard let number = UInt16(exactly: port) else {
            throw DashboardError.message("--port \(port): a whole number from 0 to 65535 is needed")
        }
        do {
            let pool = SocketPool.make()
            try await pool.prepare()
            let listening = try Self.listen(address, number)
            socket = try AsyncSocket(socket: listening, pool: pool)
            self.pool = pool
            self.port =
                switch try listening.sockname() {
                case .ip4(_, let port), .ip6(_, let port): Int(port)
                case .unix: port
                }
        } catch let error as SocketError {
            throw DashboardError.message(Self.words(error, address, port))
        }
    }

    private static func listen(_ address: String, _ port: UInt16) throws -> Socket {
        if address.contains(":") {
            let place = try sockaddr_in6.inet6(ip6: address, port: port)
            return try listen(place, AF_INET6)
        }
        return try listen(try sockaddr_in.inet(ip4: address, port: port), AF_INET)
    }

    private static func listen(_ place: some SocketAddress, _ family: Int32) throws -> Socket {
        let socket = try Socket(domain: family)
        try socket.setValue(true, for: .localAddressReuse)
        try socket.bind(to: place)
        try socket.listen()
        return socket
    }

    private static func words(_ error: SocketError, _ address: String, _ port: Int) -> String {
        guard case .failed(let type, let code, let message) = error else {
            return "\(address):\(port): \(error.localizedDescription)"
        }
        if code == EADDRINUSE {
            return "port \(port) is taken; give another --port, or 0 for any that is free"
        }
        if type.contains("inet_pton") {
            return "--address \(address): is no IPv4 or IPv6 address"
        }
        return "\(address):\(port): \(message)"
    }

    /// Answers until the task is cancelled.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.pool.run() }
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(500))
                    self.deadlines.enforce()
                }
            }
            while true {
                let client: AsyncSocket
                do {
                    client = try await socket.accept()
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    // As where no descriptor is left: others will leave.
                    try await Task.sleep(for: .milliseconds(100))
                    continue
                }
                guard let slot = deadlines.add(client.socket, most: limits.connections) else {
                    try? client.close()
                    continue
                }
                group.addTask {
                    await self.serve(client, slot)
                    self.deadlines.remove(slot)
                    try? client.close()
                }
            }
        }
    }

    private func serve(_ client: AsyncSocket, _ slot: Deadlines.Slot) async {
        var bytes: [UInt8] = []
        do {
            while true {
                deadlines.set(slot, limits.headSeconds, isIdle: true)
                let request: Request
                do {
                    guard let next = try await head(client, &bytes) else { return }
                    request = next
                } catch let refusal as Request.Refusal {
                    let status = refusal == .tooLong ? 431 : 400
                    try await send(Response(status, text: "not understood"), client, slot, false)
                    return
                }
                // Nothing that is sent with a request is read.
                let hasBody =
                    request.fields["transfer-encoding"] != nil
                    || (request.fields["content-length"] ?? "0") != "0"
                let keeps = request.keepsAlive && !hasBody
                var response =
                    hasBody
                    ? Response(413, text: "requests have no body here")
                    : request.method == "GET" || request.method == "HEAD"
                        ? await answer(request) : Response(405, text: "GET and HEAD alone")
                if response.status == 405 { response.fields["Allow"] = "GET, HEAD" }
                try await send(response, client, slot, keeps, isHead: request.method == "HEAD")
                guard keeps, case .data = response.body else { return }
            }
        } catch {
            // The client has left, or was too slow.
        }
    }

    private func head(
        _ client: AsyncSocket, _ bytes: inout [UInt8]
    ) async throws -> Request? {
        while true {
            if let (request, length) = try Request.read(bytes[...]) {
                bytes.removeFirst(length)
                return request
            }
            do {
                bytes += try await client.read(atMost: 4096)
            } catch SocketError.disconnected {
                return nil
            }
        }
    }

    private func send(
        _ response: Response, _ client: AsyncSocket, _ slot: Deadlines.Slot, _ keeps: Bool,
        isHead: Bool = false
    ) async throws {
        deadlines.set(slot, limits.writeSeconds)
        try await client.write(response.head(keepsAlive: keeps))
        guard !isHead else { return }
        switch response.body {
        case .data(let data):
            var start = data.startIndex
            while start < data.endIndex {
                let end = min(start + 65_536, data.endIndex)
                deadlines.set(slot, limits.writeSeconds)
                try await client.write(data[start..<end])
                start = end
            }
        case .events(let produce):
            deadlines.set(slot, nil)
            let (deadlines, seconds) = (self.deadlines, limits.writeSeconds)
            try await produce { piece in
                deadlines.set(slot, seconds)
                try await client.write(piece)
                deadlines.set(slot, nil)
            }
        }
    }
}

/// Until when clients must have done their part; those who have not are cut off.
final class Deadlines: Sendable {
    /// A client's place.
    struct Slot: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry {
        let descriptor: Int32
        var end: ContinuousClock.Instant?
        /// Whether nothing is asked for as yet.
        var isIdle = true
    }

    private struct State {
        var next: UInt64 = 0
        var entries: [Slot: Entry] = [:]
    }

    private let state = Mutex(State())

    /// Takes a client; nil where as many as may be are being answered.
    func add(_ socket: Socket, most: Int) -> Slot? {
        state.withLock { state in
            if state.entries.count >= most {
                let idle = state.entries.filter { $0.value.isIdle }
                guard let oldest = idle.min(by: { $0.key.number < $1.key.number }) else {
                    return nil
                }
                _ = shutdown(oldest.value.descriptor, Int32(SHUT_RDWR))
                // It goes when what waits for it sees its end.
                state.entries[oldest.key]?.isIdle = false
            }
            state.next += 1
            let slot = Slot(number: state.next)
            state.entries[slot] = Entry(descriptor: socket.file.rawValue)
            return slot
        }
    }

    /// Gives a client so many seconds; nil for as long as it likes.
    func set(_ slot: Slot, _ seconds: Double?, isIdle: Bool = false) {
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        state.withLock { state in
            state.entries[slot]?.end = end
            state.entries[slot]?.isIdle = isIdle
        }
    }

    /// Forgets a client, before its descriptor is closed.
    func remove(_ slot: Slot) { state.withLock { $0.entries[slot] = nil } }

    /// Cuts off those who are late: what waits for them sees the end of the connection.
    func enforce() {
        let now = ContinuousClock.now
        state.withLock { state in
            for entry in state.entries.values where entry.end.map({ $0 < now }) ?? false {
                _ = shutdown(entry.descriptor, Int32(SHUT_RDWR))
            }
        }
    }
}

/// What keeps the dashboard from starting.
package enum DashboardError: Error, CustomStringConvertible {
    /// In a sentence, with the next step.
    case message(String)

    /// The sentence.
    package var description: String {
        switch self {
        case .message(let text): text
        }
    }
}
