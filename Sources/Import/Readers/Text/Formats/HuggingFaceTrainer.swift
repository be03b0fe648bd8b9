extension TextFormat {
    /// Hugging Face's Trainer: `{'loss': 2.51, 'grad_norm': 1.2, 'learning_rate': 5e-05, 'epoch': 0.02}`, behind a
    /// progress bar or not, its numbers in quotes or not.
    ///
    /// No step is said, so records of the training loss are numbered.
    static let huggingFaceTrainer = TextFormat(name: "Hugging Face's Trainer") { line, log in
        var line = line
        guard line.skip(past: "{'") else { return false }
        var found: [(name: String, value: Double)] = []
        repeat {
            line.skipSpaces()
            if !found.isEmpty { guard line.take("'") else { return false } }
            guard let name = line.name(before: UInt8(ascii: "'")), line.take(":") else {
                return false
            }
            line.skipSpaces()
            let isQuoted = line.take("'")
            guard let value = line.number(), !isQuoted || line.take("'") else { return false }
            found.append((name, value))
            line.skipSpaces()
        } while line.take(",")
        guard line.take("}"), found.contains(where: { $0.name == "epoch" }) else { return false }
        if found.contains(where: { $0.name == "loss" }) {
            if log.step == nil {
                log.run.notes.append(
                    "\(log.run.sources.first ?? ""): the Trainer prints no steps: they are the numbers of its "
                        + "records; trainer_state.json has them")
            }
            log.reach(((log.step ?? 0) + 1, nil))
        }
        for (name, value) in found { log.add(name, value) }
        return true
    }
}
