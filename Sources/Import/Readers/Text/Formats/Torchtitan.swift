extension TextFormat {
    /// torchtitan: `step: 10  loss:  7.51  grad_norm:  1.76  memory:  2.49GiB(3.14%)  tps: 184,693`, behind
    /// any prefix of the logger, with or without colours; `validate step: 10  loss:  7.6`.
    static let torchtitan = TextFormat(name: "torchtitan") { line, log in
        var line = line
        if line.skip(past: "Trainer is initialized with ") { return settings(line, &log) }
        guard line.skip(past: "step: ") else { return false }
        let isValidation = line.hasRead("validate step: ")
        line.skipSpaces()
        guard let step = line.whole(), line.next == 0x20 else { return false }
        var ahead = line
        ahead.skipSpaces()
        guard ahead.take("loss:") || ahead.take("lr:") else { return false }
        log.reach((step, nil))
        let names = ["tps": "throughput/device/TPS"]
        return line.addPairs(to: &log) { name in
            isValidation ? (name == "loss" ? "val_loss" : "val/" + name) : names[name] ?? name
        } > 0
    }

    /// `local batch size 8, global batch size 64, ..., total steps 10 (warmup 2)`.
    private static func settings(_ line: LineScanner, _ log: inout TextLog) -> Bool {
        for part in line.rest.split(whereSeparator: { ",()".utf8.contains($0) }) {
            let words = String(decoding: part, as: UTF8.self).split(separator: " ")
            guard words.count > 1, let value = words.last, Double(value) != nil else { continue }
            let name = words.dropLast().joined(separator: "_")
            log.set(name == "warmup" ? "warmup_steps" : name, String(value))
        }
        return true
    }
}
