extension TextFormat {
    /// modded-nanogpt: the source code of the run, then `step:125/1750 val_loss:4.6 train_time:12345ms`.
    static let moddedNanoGPT = TextFormat(name: "modded-nanogpt") { line, log in
        var line = line
        guard line.take("step:"), let place = line.stepOfTotal(), line.next == 0x20 else {
            return false
        }
        log.reach(place)
        return line.addPairs(to: &log) { $0 } > 0
    }
}
