import Ballast
import Foundation
import Synchronization

/// Prints a line as `Swift.print` does, and knows when standard output does not take it.
func print(_ value: Any, terminator: String = "\n") { Terminal.write("\(value)\(terminator)") }

/// Text for people, on a terminal or elsewhere.
enum Terminal {
    /// Whether standard output is a terminal.
    static let isInteractive = isatty(STDOUT_FILENO) == 1

    /// The columns of the terminal, 80 where there is none.
    static var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }

    /// The lines of the terminal, 24 where there is none.
    static var height: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
            return 24
        }
        return Int(size.ws_row)
    }

    /// The columns to write results in: those of the terminal, else those that `COLUMNS` says, else 120.
    static var columns: Int {
        if isInteractive { return width }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 120
    }

    /// Whether standard output shows colours.
    static var usesColour: Bool {
        isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// The error number of the first write to standard output that failed; 0 where none did.
    private static let failure = Atomic<Int32>(0)

    /// Writes a line to standard error.
    ///
    /// One that is full or closed loses the line and stops nothing.
    static func printError(_ text: String) { _ = put(text + "\n", STDERR_FILENO) }

    /// Writes to standard output at once.
    ///
    /// One that is full or closed stops nothing; ``finish()`` says so.
    static func write(_ text: String) { note(put(text, STDOUT_FILENO)) }

    /// Writes out what was printed.
    ///
    /// - Returns: The exit code that a command takes which did its work: 0, 1 where standard output took not
    ///   all of it, which is said, or that of SIGPIPE where nobody reads it any more.
    static func finish() -> Int32 {
        if fflush(nil) != 0 { note(errno) }
        let code = failure.load(ordering: .relaxed)
        if code == 0 { return 0 }
        if code == EPIPE { return Signals.exitCode(SIGPIPE) }
        printError(
            "ballast: standard output: \(unsafe String(cString: strerror(code))); files are written, what "
                + "was to be printed is not whole")
        return 1
    }

    private static func note(_ code: Int32) {
        if code == 0 { return }
        _ = failure.compareExchange(expected: 0, desired: code, ordering: .relaxed)
        // Nobody reads on: as the signal would have it, but saved first.
        if code == EPIPE { Signals.noteBrokenPipe() }
    }

    /// Writes all of a text; returns the error number, 0 when all was taken.
    private static func put(_ text: String, _ descriptor: Int32) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&place, 1, 1000)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Gives standard streams that are closed a place to go, so that no file of a run takes their number.
    static func openClosedStreams() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    /// Writes a line to standard output at once, also where that is a file or a pipe.
    static func line(_ text: String) { write(text + "\n") }

    /// Writes a sentence, in as many lines as its width takes.
    static func sentence(_ text: String) {
        line(Lines.indented(text, by: 0, to: max(columns, 20)))
    }

    /// Minutes and seconds.
    static func time(_ seconds: Double) -> String { NumberText.clock(seconds) }

    /// A number with about `digits` significant digits.
    static func number(_ value: Double, _ digits: Int = 3) -> String {
        NumberText.digits(value, digits)
    }
}
