package import Foundation

/// An answer.
package struct Response: Sendable {
    /// The status.
    package var status: Int
    /// The fields by name.
    package var fields: [String: String] = [:]
    /// What follows the head.
    package var body: Body

    /// What follows the head.
    package enum Body: Sendable {
        /// All of it.
        case data(Data)
        /// Events, one piece after the other, until the client leaves.
        case events(@Sendable (_ send: @Sendable (Data) async throws -> Void) async throws -> Void)
    }

    /// An answer with its kind of content.
    package init(_ status: Int = 200, _ type: String, _ data: Data) {
        self.status = status
        fields["Content-Type"] = type
        body = .data(data)
    }

    /// An answer in plain words.
    package init(_ status: Int, text: String) {
        self.init(status, "text/plain; charset=utf-8", Data((text + "\n").utf8))
    }

    /// A value as JSON.
    package init(json value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let data = try? encoder.encode(value) else {
            self.init(500, text: "a value has no JSON")
            return
        }
        self.init(200, "application/json", data)
    }

    /// Server-sent events.
    package init(
        events:
            @escaping @Sendable (_ send: @Sendable (Data) async throws -> Void) async throws ->
            Void
    ) {
        status = 200
        fields["Content-Type"] = "text/event-stream"
        body = .events(events)
    }

    /// What every answer says to the browser.
    private static let common = [
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Frame-Options", "DENY"),
    ]

    /// What the page may load and run: what stands on this server.
    package static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private static let reasons = [
        200: "OK", 303: "See Other", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
        413: "Content Too Large",
        421: "Misdirected Request", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]

    /// The head, with the empty line.
    func head(keepsAlive: Bool) -> Data {
        var lines = ["HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")"]
        var fields = self.fields
        if fields["Content-Security-Policy"] == nil {
            fields["Content-Security-Policy"] = Self.policy
        }
        for (name, value) in Self.common where fields[name] == nil { fields[name] = value }
        switch body {
        case .data(let data):
            fields["Content-Length"] = "\(data.count)"
            fields["Connection"] = keepsAlive ? "keep-alive" : "close"
        case .events: fields["Connection"] = "close"
        }
        lines += fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}
