import ArgumentParser
import Ballast
import Dashboard
import Foundation
import Synchronization

/// `ballast serve`.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Show a folder's runs and studies in the browser, live.",
        discussion: """
            Reads everything in and below the folder while it is being written, and writes nothing: runs and \
            studies of ballast, TensorBoard folders, CSV and JSON-lines logs. Stop it with Ctrl-C.
            """)

    @Argument(help: "The folder: the one that --out named, or one above it.")
    var folder: String

    @Option(help: "The port; 0 for any free one.")
    var port = 8642

    @Option(
        help: """
            The address to listen on. Any but a loopback address requires a token, which is shown once.
            """)
    var address = "127.0.0.1"

    @Flag(help: "Print the address as one line of JSON.")
    var json = false

    func run() throws {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            throw ToolError.message(
                "\(folder): there is no such folder; give the one that --out named, or one above it"
            )
        }
        let (folder, port, address, json) = (folder, port, address, json)
        try Blocking.run {
            try await Self.serve(folder, port: port, address: address, json: json)
        }
    }

    private static func serve(
        _ folder: String, port: Int, address: String, json: Bool
    ) async throws {
        Descriptors.raise()
        let model = DashboardModel(root: folder)
        let access = Access(address: address)
        let site = DashboardSite(model, access: access)
        let server: Server
        do {
            server = try await Server(address: address, port: port) { await site.answer($0) }
        } catch let error as DashboardError {
            throw ToolError.message(error.description)
        }
        announce(model.root, server, address, access.token, json)
        try await withThrowingTaskGroup { group in
            group.addTask { try await DashboardSite.follow(model) }
            group.addTask { try await server.run() }
            try await group.next()
        }
    }

    private static func announce(
        _ root: String, _ server: Server, _ address: String, _ token: String?, _ json: Bool
    ) {
        let host = address.contains(":") ? "[\(address)]" : address
        let url = "http://\(host):\(server.port)/" + (token.map { "?token=\($0)" } ?? "")
        guard json else {
            Terminal.line("\(root) at \(url)")
            if token != nil {
                Terminal.line(
                    "The token is shown only this once and is sent unencrypted: prefer a loopback address "
                        + "behind ssh -L.")
            }
            return
        }
        let data = try? JSONSerialization.data(
            withJSONObject: ["url": url, "port": server.port] as [String: Any],
            options: [.sortedKeys, .withoutEscapingSlashes])
        Terminal.line(String(decoding: data ?? Data(), as: UTF8.self))
    }
}

/// Asynchronous work of a command, waited for.
private enum Blocking {
    /// Runs work to its end.
    static func run(_ body: @escaping @Sendable () async throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        Task {
            do {
                try await body()
            } catch {
                failure.withLock { $0 = error }
            }
            isDone.signal()
        }
        isDone.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
