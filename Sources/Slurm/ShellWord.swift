/// Words of a shell's command line.
package enum ShellWord {
    /// A word as a shell takes it, between quotation marks where it has other than letters, digits and plain signs.
    package static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "_-+.,:@%/=".contains($0))
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
