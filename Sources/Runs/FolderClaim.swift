import Formats
import Foundation
import Synchronization

/// What the file of a lock says: the machine that has it, the process, and how often it was renewed; nothing once it
/// is given back.
///
/// ```
/// 5f0c6c4e-... 4711 node7 12
/// ```
final class FolderClaim: Sendable {
    /// Seconds between two renewals.
    private static let interval: UInt32 = 5
    /// For how long a claim must stand still to be stale, in seconds: several renewals, on a slow file system.
    static let patience = 30.0
    /// The age from which a claim is not looked at twice, in seconds: more than clocks of a cluster differ.
    private static let old = 600.0

    /// What determines whose it is.
    private let owner: String
    private struct State {
        /// The open file; nil once it is given back.
        var descriptor: Int32?
        var count = 0
    }
    private let state: Mutex<State>

    /// Writes the claim into the file that this process has locked, and renews it.
    init(_ descriptor: Int32, machine: String) {
        owner = "\(machine) \(getpid()) \(ProcessInfo.processInfo.hostName)"
        state = Mutex(State(descriptor: descriptor))
        _ = renew()
        Thread.detachNewThread { [weak self] in
            repeat { sleep(Self.interval) } while self?.renew() ?? false
        }
    }

    /// Empties and closes the file.
    func release() {
        state.withLock { state in
            guard let open = state.descriptor else { return }
            state.descriptor = nil
            if Self.text(open)?.hasPrefix(owner + " ") ?? false {
                _ = retrying { ftruncate(open, 0) }
            }
            close(open)
        }
    }

    /// Renews it, unless it was given back.
    ///
    /// What hinders it is no failure of the run: on one machine the lock itself holds.
    private func renew() -> Bool {
        state.withLock { state in
            guard let open = state.descriptor else { return false }
            let text = Array("\(owner) \(state.count)\n".utf8)
            state.count += 1
            _ = unsafe text.withUnsafeBytes { unsafe pwrite(open, $0.baseAddress, $0.count, 0) }
            _ = retrying { ftruncate(open, off_t(text.count)) }
            // Else another machine sees it when this one pleases.
            fsync(open)
            return true
        }
    }

    /// Whether the claim still stands after a while: of two machines that found a stale one, the last to write has it.
    func stands(after seconds: Double) -> Bool {
        usleep(UInt32(seconds * 1e6))
        return state.withLock { state in
            state.descriptor.flatMap(Self.text)?.hasPrefix(owner + " ") ?? false
        }
    }

    private static func text(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            retrying { unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0) }
        }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// What a file claims for another machine; nil for nothing, and for a claim of this machine, whose lock says more.
    private static func claim(_ descriptor: Int32, otherThan machine: String) -> String? {
        guard let text = text(descriptor) else { return nil }
        guard let owner = text.split(separator: " ").first, owner != machine else { return nil }
        return text
    }

    /// The claim in a file opened anew, so that it is what the other machine wrote last.
    private static func claim(_ path: String, otherThan machine: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return claim(descriptor, otherThan: machine)
    }

    /// What became of a claim of another machine.
    enum Outcome {
        /// There was none, or it was given back.
        case free
        /// It was renewed.
        case renewed
        /// It stood still.
        case stale
    }

    /// Watches the claim of another machine for as long as it takes to see it renewed.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - machine: The machine that asks.
    ///   - patience: Seconds after which a claim that stood still is stale.
    /// - Returns: What became of it.
    static func watch(_ path: String, for machine: String, patience: Double) -> Outcome {
        guard let first = claim(path, otherThan: machine) else { return .free }
        let end = ContinuousClock.now + .seconds(patience)
        while ContinuousClock.now < end {
            usleep(100_000)
            guard let now = claim(path, otherThan: machine) else { return .free }
            if now != first { return .renewed }
        }
        return .stale
    }

    /// Claims of other machines that this process has seen, and since when they stand still.
    private static let seen = Mutex<[String: (claim: String, since: ContinuousClock.Instant)]>([:])

    /// Whether a claim of another machine is likely to be renewed: it is not old, and this process has not watched it
    /// stand still.
    static func isRenewed(_ descriptor: Int32, _ path: String, machine: String) -> Bool {
        guard let claim = claim(descriptor, otherThan: machine) else { return false }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0,
            Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) < old
        else { return false }
        return seen.withLock { seen in
            guard let before = seen[path], before.claim == claim else {
                seen[path] = (claim, .now)
                return true
            }
            return (.now - before.since) / .seconds(1) < patience
        }
    }
}
