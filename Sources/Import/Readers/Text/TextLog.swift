import OrderedCollections

/// What was read of a text log so far.
struct TextLog {
    /// A part of a log in which lines are settings.
    enum Section {
        /// The configuration that nanoGPT prints before it begins.
        case nanoGPTConfiguration
        /// Megatron's arguments.
        case megatronArguments
        /// The table that llm.c prints before it begins.
        case llmcSettings
        /// The metrics of a step that OLMo-core prints, a line each.
        case olmoCoreMetrics
    }

    var run: LoggedRun
    /// The step of the last line that had one.
    private(set) var step: Int?
    /// How many steps there will be, by the log.
    var total: Int?
    var section: Section?

    init(_ run: LoggedRun) { self.run = run }

    /// Goes on to a step.
    mutating func reach(_ place: (step: Int, total: Int?)) {
        step = place.step
        total = place.total ?? total
    }

    /// Adds a number of the present step.
    mutating func add(_ name: String, _ value: Double) {
        run.add(name, step: step ?? 0, value: value)
    }

    /// Adds a number of the present step, its unit in its name.
    mutating func add(_ name: String, _ quantity: (value: Double, unit: String)) {
        add(quantity.unit.isEmpty ? name : name + "_" + quantity.unit, quantity.value)
    }

    /// Adds a setting as the log has it: a number, a word in quotes or without, `True`.
    mutating func set(_ name: String, _ text: String) {
        let isQuoted =
            text.count > 1 && text.first == text.last && (text.first == "'" || text.first == "\"")
        let value = isQuoted ? String(text.dropFirst().dropLast()) : text
        guard !name.isEmpty, !value.isEmpty, value != "None", value.utf8.count < 1000 else {
            return
        }
        if !isQuoted, let number = Double(value) {
            run.settings[name] = number
        } else {
            run.words[name] = value
        }
    }
}

/// A kind of text log: a file in `Formats/`, and a line of ``all``.
struct TextFormat: Sendable {
    /// The tool that prints it.
    let name: String
    /// Reads a line that is of this kind, and says whether it was.
    let read: @Sendable (LineScanner, inout TextLog) -> Bool

    /// All that are known.
    ///
    /// Their grammars are strict, so that source code that a log holds is none of them.
    static let all: [TextFormat] = [
        .nanoGPT, .llmc, .moddedNanoGPT, .torchtitan, .olmoCore, .megatron, .buildNanoGPT,
        .huggingFaceTrainer,
    ]
}

extension LineScanner {
    /// Reads `name:value` pairs to the end of the line, spaces allowed behind the colon, and adds them.
    ///
    /// - Returns: How many there were.
    mutating func addPairs(to log: inout TextLog, _ rename: (String) -> String) -> Int {
        var count = 0
        while !isAtEnd {
            skipSpaces()
            if let name = name(before: UInt8(ascii: ":")) {
                skipSpaces()
                if let quantity = quantity() {
                    log.add(rename(name), quantity)
                    count += 1
                }
            }
            // On to the next space, and past a word that is no pair.
            while let byte = next, byte != 0x20, byte != 0x09 { advance() }
        }
        return count
    }
}
