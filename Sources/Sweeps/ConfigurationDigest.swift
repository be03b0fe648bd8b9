import Digests

/// Short names of texts.
enum ConfigurationDigest {
    /// The first bytes of the SHA-256 of a text, in hexadecimal.
    static func text(of text: String, bytes: Int) -> String {
        String(SHA256.digest(of: text).hexadecimal.prefix(2 * bytes))
    }

    /// A name for several configurations, from the names of each.
    static func joined(_ digests: [String]) -> String {
        text(of: digests.joined(separator: "\n"), bytes: 8)
    }
}
