import Foundation

/// The machine on which this process runs.
package enum Machine {
    /// What no other machine has, nor this one after it was started anew.
    package static let boot: String = {
        let file = URL(fileURLWithPath: "/proc/sys/kernel/random/boot_id")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return word.isEmpty ? ProcessInfo.processInfo.hostName : word
    }()

    /// Eight hexadecimal digits of it, for the names of files.
    static let tag: String = {
        let digits = boot.filter(\.isHexDigit).prefix(8).lowercased()
        return String(repeating: "0", count: 8 - digits.count) + digits
    }()
}
