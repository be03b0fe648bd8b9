import Foundation

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

    /// Writes a line to standard error.
    static func printError(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// Writes to standard output at once.
    static func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    /// Writes a line to standard output at once, also where that is a file or a pipe.
    static func line(_ text: String) { write(text + "\n") }

    /// Minutes and seconds.
    static func time(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        let tail = whole % 60 < 10 ? "0\(whole % 60)" : "\(whole % 60)"
        return whole < 3600
            ? "\(whole / 60):\(tail)"
            : "\(whole / 3600):\(whole / 60 % 60 < 10 ? "0" : "")\(whole / 60 % 60):\(tail)"
    }

    /// A number with about `digits` significant digits.
    static func number(_ value: Double, _ digits: Int = 3) -> String {
        if value == 0 || !value.isFinite { return "\(value)" }
        let magnitude = value.magnitude
        if magnitude >= 1e5 || magnitude < 1e-3 {
            return String(format: "%.\(digits - 1)e", value)
        }
        let decimals = max(digits - 1 - Int(log10(magnitude).rounded(.down)), 0)
        return String(format: "%.\(decimals)f", value)
    }
}
