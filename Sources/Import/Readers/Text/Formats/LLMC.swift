extension TextFormat {
    /// llm.c: `main.log` with `s:250 tel:4.5` and `s:250 trl:4.6 lr:0.0006 norm:1.2`, and its console, whose
    /// steps are those of ``megatron``'s grammar, with validation losses and a table of settings between them.
    static let llmc = TextFormat(name: "llm.c") { line, log in
        var line = line
        if line.take("s:") {
            guard let step = line.whole() else { return false }
            log.reach((step, nil))
            let names = [
                "tel": "val_loss", "trl": "train_loss", "norm": "grad_norm", "eval": "hellaswag",
            ]
            return line.addPairs(to: &log) { names[$0] ?? $0 } > 0
        }
        // Printed before the step that follows: so many updates are done.
        if line.take("val loss ") {
            guard let loss = line.number(), line.isAtEnd else { return false }
            log.add("val_loss", loss)
            return true
        }
        if line.take("| Parameter ") {
            log.section = .llmcSettings
            return true
        }
        return log.section == .llmcSettings && line.take("| ") && setting(line, &log)
    }

    /// A row of the table, `| num_layers L          | 12          |`.
    private static func setting(_ line: LineScanner, _ log: inout TextLog) -> Bool {
        let fields = line.rest.split(separator: UInt8(ascii: "|")).map { field in
            String(decoding: field, as: UTF8.self).split(separator: " ")
        }
        guard fields.count == 2, let first = fields[0].first, fields[1].count == 1,
            line.rest.last == UInt8(ascii: "|")
        else { return false }
        // The letters that llm.c has for it, and what is in brackets, are no part of the name.
        let words = fields[0].dropFirst().filter {
            !$0.hasPrefix("(") && !($0.count <= 2 && $0.first?.isUppercase == true)
        }
        let name = ([first] + words).joined(separator: "_")
        log.set(name == "channels" ? "n_embd" : name, String(fields[1][0]))
        return true
    }
}
