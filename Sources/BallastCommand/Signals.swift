import Foundation
import Synchronization

/// Signals that ask a command to save, noted for the loop that looks at them.
enum Signals {
    private static let stopSignal = Atomic<Int32>(0)
    private static let saveCount = Atomic<Int>(0)

    /// Takes SIGINT, SIGTERM and SIGUSR1 from now on.
    static func listen() {
        _ = stopSignal.load(ordering: .relaxed)
        _ = saveCount.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { Signals.stopSignal.store($0, ordering: .relaxed) }
        }
        // Whoever started this process may have blocked them, as threads of a pool do.
        var signals = sigset_t()
        for number in [SIGINT, SIGTERM, SIGUSR1] { unsafe sigaddset(&signals, number) }
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        signal(SIGUSR1) { _ in Signals.saveCount.add(1, ordering: .relaxed) }
    }

    /// The signal that asked to stop, if one did.
    static var stop: Int32? {
        let number = stopSignal.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Whether a save was asked for since the last call.
    static func takeSave() -> Bool { saveCount.exchange(0, ordering: .relaxed) > 0 }

    /// The exit code of a command that a signal ended.
    static func exitCode(_ number: Int32) -> Int32 { 128 + number }
}
