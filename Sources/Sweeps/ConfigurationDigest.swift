import Crypto
import Foundation

/// Short names of texts.
enum ConfigurationDigest {
    /// The first bytes of the SHA-256 of a text, in hexadecimal.
    static func text(of text: String, bytes: Int) -> String {
        SHA256.hash(data: Data(text.utf8)).prefix(bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// A name for several configurations, from the names of each.
    static func joined(_ digests: [String]) -> String {
        text(of: digests.joined(separator: "\n"), bytes: 8)
    }
}
