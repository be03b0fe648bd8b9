import Foundation
import Synchronization

/// Signals that ask a command to save, noted for the loop that looks at them.
enum Signals {
    private static let stopSignal = Atomic<Int32>(0)
    private static let saveCount = Atomic<Int>(0)

    /// What stops a command that trains, saved: by hand, by a scheduler, a terminal that went, a limit of time.
    private static let stopping = [SIGINT, SIGTERM, SIGHUP, SIGXCPU]

    /// Has writes say that nobody reads, or that a file may not grow, in place of a signal that ends the
    /// process where it stands.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Takes SIGINT, SIGTERM, SIGHUP, SIGXCPU and SIGUSR1 from now on.
    static func listen() {
        _ = stopSignal.load(ordering: .relaxed)
        _ = saveCount.load(ordering: .relaxed)
        for number in stopping {
            let before = signal(number) { Signals.stopSignal.store($0, ordering: .relaxed) }
            // `nohup` asked for it to be ignored.
            if number == SIGHUP, isIgnored(before) { signal(number, SIG_IGN) }
        }
        // Whoever started this process may have blocked them, as threads of a pool do.
        var signals = sigset_t()
        for number in stopping + [SIGUSR1] { unsafe sigaddset(&signals, number) }
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        signal(SIGUSR1) { _ in Signals.saveCount.add(1, ordering: .relaxed) }
    }

    private static func isIgnored(_ handler: __sighandler_t?) -> Bool {
        unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Asks to stop as SIGPIPE would.
    static func noteBrokenPipe() { stopSignal.store(SIGPIPE, ordering: .relaxed) }

    /// The variable that tells a process of a sweep which process it ends with.
    static let parentVariable = "BALLAST_PARENT"
    private static let parent = ProcessInfo.processInfo.environment[parentVariable]
        .flatMap { pid_t($0) }

    /// The environment of a process that is to end with this one.
    static var environmentOfChildren: [String: String] {
        ProcessInfo.processInfo.environment.merging([parentVariable: "\(getpid())"]) { $1 }
    }

    /// Asks to stop as SIGTERM would where the sweep that started this process is no more.
    static func noteLostParent() {
        if let parent, getppid() != parent { stopSignal.store(SIGTERM, ordering: .relaxed) }
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
