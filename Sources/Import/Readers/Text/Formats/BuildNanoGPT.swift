extension TextFormat {
    /// build-nanogpt: `log.txt` with a number a line, `250 train 4.61`, `250 val 4.5123` and `250 hella 0.2463`.
    static let buildNanoGPT = TextFormat(name: "build-nanogpt") { line, log in
        var line = line
        guard let step = line.whole(), line.take(" "), let name = line.name(before: 0x20),
            let ours = ["train": "train_loss", "val": "val_loss", "hella": "hellaswag"][name],
            let value = line.number(), line.isAtEnd
        else { return false }
        log.reach((step, nil))
        log.add(ours, value)
        return true
    }
}
