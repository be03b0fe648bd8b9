import Foundation

/// Who is answered: on loopback whoever asks for a name of this machine, elsewhere who knows the token.
package struct Access: Sendable {
    /// The secret; nil on loopback.
    package let token: String?
    private static let cookie = "ballast_token"

    /// The access rules of an address.
    ///
    /// - Parameter address: What the server listens at.
    package init(address: String) {
        token = Self.isLoopback(address) ? nil : Self.secret()
    }

    /// With a given token.
    package init(token: String?) { self.token = token }

    /// Whether an address is one that only this machine reaches.
    package static func isLoopback(_ address: String) -> Bool {
        if address == "::1" { return true }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// 128 random bits in hexadecimal.
    private static func secret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let word = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
    }

    /// What to answer in place of what was asked for; nil where it may be had.
    package func refusal(of request: Request) -> Response? {
        guard let token else {
            // A page of another site may have its name resolve to this machine.
            let host = request.fields["host"].map(Self.name)
            let isOwn = host.map { $0 == "localhost" || Self.isLoopback($0) } ?? true
            return isOwn ? nil : Response(421, text: "ask for localhost")
        }
        if let given = request.query["token"], Self.isEqual(given, token) {
            var response = Response(303, text: "welcome")
            response.fields["Location"] = "/"
            response.fields["Set-Cookie"] =
                "\(Self.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/"
            return response
        }
        let cookies = (request.fields["cookie"] ?? "").split(separator: ";").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let bearer = request.fields["authorization"] ?? ""
        let isKnown =
            cookies.contains { Self.isEqual($0, "\(Self.cookie)=\(token)") }
            || Self.isEqual(bearer, "Bearer \(token)")
        return isKnown
            ? nil : Response(401, text: "give the token that ballast serve printed: /?token=TOKEN")
    }

    /// The name in a Host field, without its port.
    private static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" }).lowercased()
    }

    /// Whether two texts are equal, in a time that does not depend on where they differ.
    private static func isEqual(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
