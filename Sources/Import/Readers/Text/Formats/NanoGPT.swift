extension TextFormat {
    /// nanoGPT: `iter 100: loss 3.2, time 12ms, mfu 1%` and `step 500: train loss 3.1, val loss 3.2`; of those
    /// that follow it, `step 0, loss: 10.9, lr: 1e-4`.
    ///
    /// The training loss beside a validation loss is that of batches drawn for it, and is no `train/loss`.
    /// Settings are what `configurator.py` prints: the configuration file, and `Overriding: key = value`.
    static let nanoGPT = TextFormat(name: "nanoGPT") { line, log in
        var line = line
        if line.take("Overriding config with ") {
            log.section = .nanoGPTConfiguration
            return true
        }
        if line.take("Overriding: ") { return assignment(line, &log) }
        if log.section == .nanoGPTConfiguration {
            if line.take("tokens per iteration will be") {
                log.section = nil
                return true
            }
            if assignment(line, &log) { return true }
        }
        guard line.take("iter ") || line.take("step ") else { return false }
        line.skipSpaces()
        guard let step = line.whole(), line.take(":") || line.take(",") else { return false }
        var found: [(name: String, quantity: (value: Double, unit: String))] = []
        repeat {
            line.skipSpaces()
            guard let name = line.words() else { break }
            if line.take(":") { line.skipSpaces() }
            guard let quantity = line.quantity() else { break }
            found.append((name, quantity))
        } while line.take(",")
        guard found.contains(where: { $0.name.hasSuffix("loss") }) else { return false }
        log.reach((step, nil))
        log.section = nil
        let validates = found.contains { $0.name == "val loss" }
        for (name, quantity) in found {
            switch name {
            case "train loss": log.add(validates ? "eval/train_loss" : "train_loss", quantity)
            case "val loss": log.add("val_loss", quantity)
            default: log.add(name, quantity)
            }
        }
        return true
    }

    /// A line of Python that sets a name to a number, a text or a truth.
    private static func assignment(_ line: LineScanner, _ log: inout TextLog) -> Bool {
        var line = line
        guard let name = line.name(before: UInt8(ascii: " ")) else { return false }
        guard line.take("= ") else { return false }
        let text = String(decoding: line.rest.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
        let value = String(text.reversed().drop { $0 == " " }.reversed())
        // What is calculated is no number yet.
        let isPlain = value.allSatisfy { $0.isLetter || $0.isNumber || ".+-_'\"/".contains($0) }
        guard isPlain else { return false }
        log.set(name, value)
        return true
    }
}

extension LineScanner {
    /// Reads words of small letters and the spaces behind each: `train loss `.
    mutating func words() -> String? {
        var text = ""
        while let byte = next, byte >= 0x61 && byte <= 0x7a || byte == 0x20 || byte == 0x5f {
            text.append(Character(UnicodeScalar(byte)))
            advance()
        }
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : text
    }
}
