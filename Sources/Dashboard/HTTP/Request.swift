import Foundation

/// The head of a request, read from bytes of which nothing is believed.
package struct Request: Sendable, Equatable {
    /// The method, as `GET`.
    package var method: String
    /// The path in its parts, percent signs decoded: `/a%20b/c` is `["a b", "c"]`.
    package var path: [String]
    /// The query by name; of a name that appears twice, the last.
    package var query: [String: String]
    /// The fields by name in lower case; of a field that appears twice, the last.
    package var fields: [String: String]
    /// Whether the client takes another answer on the same connection.
    package var keepsAlive: Bool

    /// The most bytes of a head.
    package static let longest = 16_384

    /// Why a request is not answered.
    package enum Refusal: Error, Equatable {
        /// Not understood.
        case malformed
        /// Longer than ``Request/longest``.
        case tooLong
    }

    /// Reads a head.
    ///
    /// - Parameter bytes: What has come; the head ends with an empty line.
    /// - Returns: The request and the bytes that it took; nil where the head is not complete.
    /// - Throws: ``Refusal``.
    package static func read(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> (Request, Int)? {
        let mark: [UInt8] = [13, 10, 13, 10]
        guard let end = bytes.firstRange(of: mark) else {
            if bytes.count >= longest { throw .tooLong }
            return nil
        }
        let length = bytes.distance(from: bytes.startIndex, to: end.upperBound)
        guard length <= longest else { throw .tooLong }
        let head = bytes[bytes.startIndex..<end.lowerBound]
        // Control characters have no place in a head, and other bytes than ASCII none in ours.
        guard head.allSatisfy({ $0 == 13 || $0 == 10 || $0 == 9 || (0x20..<0x7f).contains($0) })
        else { throw .malformed }
        let lines = String(decoding: head, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        guard let first = lines.first, hasWholeBreaks(head) else { throw .malformed }
        let words = first.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0",
            words[0].allSatisfy({ $0.isASCII && $0.isUppercase }), words[1].hasPrefix("/")
        else { throw .malformed }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
                !line[..<colon].contains(where: \.isWhitespace)
            else { throw .malformed }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...]
                .trimmingCharacters(in: .whitespaces)
        }
        let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let target = parts.first, let path = path(target) else { throw .malformed }
        let wishes = fields["connection"]?.lowercased() ?? ""
        let keepsAlive =
            words[2] == "HTTP/1.1" ? !wishes.contains("close") : wishes.contains("keep-alive")
        let request = Request(
            method: String(words[0]), path: path,
            query: query(parts.count > 1 ? parts[1] : ""), fields: fields, keepsAlive: keepsAlive)
        return (request, length)
    }

    /// Whether no line feed and no carriage return stands without the other.
    private static func hasWholeBreaks(_ head: ArraySlice<UInt8>) -> Bool {
        var last: UInt8 = 0
        for byte in head {
            if (byte == 10) != (last == 13) { return false }
            last = byte
        }
        return last != 13
    }

    /// The parts of a path; nil for one that is not understood.
    private static func path(_ target: Substring) -> [String]? {
        var parts: [String] = []
        for part in target.split(separator: "/") {
            guard let decoded = part.removingPercentEncoding, !decoded.contains("\0") else {
                return nil
            }
            parts.append(decoded)
        }
        return parts
    }

    private static func query(_ text: Substring) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let words = parts.map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            query[words[0]] = words.count > 1 ? words[1] : ""
        }
        return query
    }
}
