/// Pieces of HTML.
package enum HTML {
    /// Text in which nothing is read as markup, inside an element or a quoted attribute.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
            .replacing("'", with: "&#39;")
    }

    /// A sentence as markup: what stands between backticks is code.
    package static func sentence(_ text: String) -> String {
        let parts = escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        // An odd one is a backtick of the text itself.
        guard parts.count % 2 == 1 else { return escaped(text) }
        return parts.enumerated().map { index, part in
            index % 2 == 1 ? "<code>\(part)</code>" : String(part)
        }.joined()
    }

    /// A script's text such that the page's parser cannot take a part of it for the script's end.
    package static func script(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var safe: [UInt8] = []
        safe.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            safe.append(byte)
            guard byte == UInt8(ascii: "<") else { continue }
            let next = bytes[(index + 1)...].prefix(7).map { $0 | 0x20 }
            if next.elementsEqual("/script".utf8) || next.starts(with: "!--".utf8) {
                safe.append(UInt8(ascii: "\\"))
            }
        }
        return String(decoding: safe, as: UTF8.self)
    }

    /// A table of escaped cells.
    ///
    /// - Parameters:
    ///   - head: The column headings, as text.
    ///   - rows: The cells, as markup.
    ///   - labels: How many columns on the left hold words.
    ///   - attributes: Attributes of the table.
    /// - Returns: The markup.
    package static func table(
        head: [String], rows: [[String]], labels: Int, attributes: String = ""
    ) -> String {
        func cell(_ tag: String, _ index: Int, _ content: String) -> String {
            let scope = tag == "th" ? " scope=\"col\"" : ""
            let kind = index < labels ? " class=\"word\"" : ""
            return "<\(tag)\(scope)\(kind)>\(content)</\(tag)>"
        }
        let heading = head.enumerated().map { cell("th", $0.offset, escaped($0.element)) }.joined()
        let body = rows.map { row in
            "<tr>" + row.enumerated().map { cell("td", $0.offset, $0.element) }.joined() + "</tr>\n"
        }.joined()
        return """
            <div class="scroll" tabindex="0"><table\(attributes.isEmpty ? "" : " " + attributes)>
            <thead><tr>\(heading)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>

            """
    }

    /// Names with what they stand for.
    package static func definitions(_ rows: [(name: String, text: String)]) -> String {
        "<dl>\n"
            + rows.map { name, text in
                "<dt>\(escaped(name))</dt><dd>\(escaped(text))</dd>\n"
            }.joined() + "</dl>"
    }

    /// A list of sentences, as text.
    package static func list(_ sentences: [String]) -> String {
        sentences.isEmpty
            ? "" : "<ul>\n" + sentences.map { "<li>\(sentence($0))</li>\n" }.joined() + "</ul>\n"
    }
}
