import Ballast
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

    /// The columns to write results in: those of the terminal, else those that `COLUMNS` says, else 120.
    static var columns: Int {
        if isInteractive { return width }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 120
    }

    /// Whether standard output shows colours.
    static var usesColour: Bool {
        isInteractive && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
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
    static func time(_ seconds: Double) -> String { NumberText.clock(seconds) }

    /// A number with about `digits` significant digits.
    static func number(_ value: Double, _ digits: Int = 3) -> String {
        NumberText.digits(value, digits)
    }
}
