extension TextFormat {
    /// OLMo-core: `[step=100/1000,epoch=1]`, and below it a metric a line, `    train/CE loss=2.75`.
    static let olmoCore = TextFormat(name: "OLMo-core") { line, log in
        var line = line
        if line.skip(past: "[step=") {
            // Thousands are set apart by commas.
            guard let step = line.number().flatMap({ Int(exactly: $0) }), step >= 0 else {
                return false
            }
            var total: Int?
            if line.take("/") { total = line.number().flatMap { Int(exactly: $0) } }
            guard line.take("]") || line.take(",") else { return false }
            log.reach((step, total))
            log.section = .olmoCoreMetrics
            return true
        }
        guard log.section == .olmoCoreMetrics else { return false }
        guard line.take("    ") else {
            log.section = nil
            return false
        }
        line.skipSpaces()
        guard let equals = line.rest.lastIndex(of: UInt8(ascii: "=")), equals > line.position
        else { return false }
        let name = String(decoding: line.rest[..<equals], as: UTF8.self)
        var value = LineScanner(line.rest[(equals + 1)...])
        guard let quantity = value.quantity(), value.isAtEnd else { return false }
        log.add(name, quantity)
        return true
    }
}
