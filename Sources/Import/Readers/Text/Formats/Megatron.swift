extension TextFormat {
    /// Megatron, and what prints as it does (GPT-NeoX, nanotron, nanochat, the console of llm.c): a step and
    /// quantities between bars, `iteration 100/ 500 | learning rate: 1.5E-04 | lm loss: 6.9E+00 |`, with
    /// colons or without.
    static let megatron = TextFormat(name: "Megatron") { line, log in
        if log.section == .megatronArguments, argument(line, &log) { return true }
        var ahead = line
        if ahead.skip(past: "--- arguments ---") {
            log.section = .megatronArguments
            return true
        }
        let parts = line.rest.split(
            separator: UInt8(ascii: "|"), maxSplits: 200, omittingEmptySubsequences: true)
        guard parts.count > 1 else { return false }
        if validation(parts, &log) { return true }
        // Some say the speed first.
        guard let at = parts.indices.prefix(2).first(where: { place(of: parts[$0]) != nil }),
            let place = place(of: parts[at])
        else { return false }
        let found = parts.enumerated().compactMap { index, part in
            index == at ? nil : quantity(of: part)
        }
        guard !found.isEmpty else { return false }
        log.reach(place)
        let hasLoss = found.contains { $0.name.hasSuffix("loss") }
        for (name, quantity) in found {
            log.add(name == "norm" && hasLoss ? "grad_norm" : name, quantity)
        }
        return true
    }

    /// `iteration 100/ 500`, `step 00010/21400 (0.05%)`, `iteration: 1 / 100`, behind any prefix.
    private static func place(of part: ArraySlice<UInt8>) -> (step: Int, total: Int?)? {
        for word in ["iteration", "Iteration", "step", "Step", "iter"] {
            var line = LineScanner(part)
            while line.skip(past: word) {
                guard !line.isInName(word) else { continue }
                _ = line.take(":")
                guard line.next == 0x20 else { break }
                line.skipSpaces()
                guard let place = line.stepOfTotal() else { break }
                line.skipSpaces()
                guard line.isAtEnd || line.next == UInt8(ascii: "(") else { break }
                return place
            }
        }
        return nil
    }

    /// `lm loss: 6.9E+00`, `norm 15.2 (+nanz)`; nil of what names nothing, as `48.9% bf16 MFU`.
    private static func quantity(
        of part: ArraySlice<UInt8>
    ) -> (name: String, quantity: (value: Double, unit: String))? {
        var line = LineScanner(part)
        line.skipSpaces()
        if let colon = line.rest.lastIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line.rest[..<colon], as: UTF8.self)
            line = LineScanner(part[(colon + 1)...])
            line.skipSpaces()
            // A message that breaks into a line ends in a number too: `Error: ... at train_gpt2.cu:675`.
            let isName = name.utf8.first.map(LineScanner.isLetter) ?? false
            guard isName, !name.contains(": "), let quantity = line.quantity() else { return nil }
            return (name, quantity)
        }
        guard let name = line.words(), let quantity = line.quantity() else { return nil }
        return (name, quantity)
    }

    /// `validation loss at iteration 1000 on validation set | lm loss value: 6.5E+00 | lm loss PPL: 6.9E+02`.
    private static func validation(_ parts: [ArraySlice<UInt8>], _ log: inout TextLog) -> Bool {
        var line = LineScanner(parts[0])
        guard line.skip(past: "validation loss at iteration ") else { return false }
        line.skipSpaces()
        guard let step = line.whole() else { return false }
        let isTest = line.skip(past: "on test set")
        var count = 0
        for part in parts.dropFirst() {
            guard let (name, quantity) = quantity(of: part) else { continue }
            log.reach((step, nil))
            switch (name, isTest) {
            case ("lm loss value", false), ("lm_loss value", false): log.add("val_loss", quantity)
            case (_, false): log.add("validation " + name, quantity)
            case (_, true): log.add("test " + name, quantity)
            }
            count += 1
        }
        return count > 0
    }

    /// `  adam_beta1 ...................................... 0.9`, up to the line that ends the arguments.
    private static func argument(_ line: LineScanner, _ log: inout TextLog) -> Bool {
        var line = line
        if line.skip(past: "end of arguments") {
            log.section = nil
            return true
        }
        guard line.skip(past: " ....") else { return false }
        let text = String(decoding: line.before, as: UTF8.self).split(separator: " ")
        guard text.count > 1 else { return false }
        while line.take(".") {}
        line.skipSpaces()
        let value = String(decoding: line.rest, as: UTF8.self)
        log.set(String(text[text.count - 2]), value)
        return true
    }
}
