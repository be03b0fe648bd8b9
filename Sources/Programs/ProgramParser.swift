import Tensors

extension Program {
    /// Reads the text that ``description`` writes.
    ///
    /// - Parameters:
    ///   - text: The program.
    ///   - composites: The composites that the text may name.
    /// - Throws: ``ProgramError/text(line:_:)`` for text that does not parse, and what ``verify()``
    ///   throws for a program that is not well formed.
    public init(
        text: String, composites: [any Composite.Type] = CompositeCatalog.all
    ) throws(ProgramError) {
        var parser = ProgramParser(composites: composites)
        // Lines may end as on Windows, which Swift takes for one character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            try parser.parse(line, number: index + 1)
        }
        self = try parser.finish()
    }
}

/// Reads program text, a line at a time.
private struct ProgramParser {
    let composites: [any Composite.Type]
    var program = Program(name: "", inputs: [], instructions: [], outputs: [], types: [])
    var types: [Int: ValueType] = [:]
    var hasHeader = false

    init(composites: [any Composite.Type]) { self.composites = composites }

    mutating func parse(_ line: Substring, number: Int) throws(ProgramError) {
        var scanner = Scanner(text: line, line: number)
        scanner.skipSpaces()
        if scanner.isAtEnd || scanner.peek == "#" { return }
        guard hasHeader else {
            guard scanner.word() == "program" else {
                throw scanner.error("the first line is \"program NAME\"")
            }
            program.name = String(scanner.rest())
            hasHeader = true
            return
        }
        if scanner.peek == "%" {
            try parseDefinition(&scanner)
        } else if scanner.word() == "output" {
            let name = scanner.word()
            try scanner.expect("=")
            program.outputs.append(.init(name: name, value: try value(&scanner)))
        } else {
            throw scanner.error("expected a definition, as \"%1 = ...\", or an output")
        }
        scanner.skipSpaces()
        if !scanner.isAtEnd { throw scanner.error("unexpected \"\(scanner.rest())\"") }
    }

    private mutating func parseDefinition(_ scanner: inout Scanner) throws(ProgramError) {
        var numbers = [try scanner.valueNumber()]
        while scanner.take(",") { numbers.append(try scanner.valueNumber()) }
        try scanner.expect("=")
        let isComposite = scanner.take("@")
        let word = scanner.word()
        if word == "input" {
            let name = scanner.word()
            try scanner.expect(":")
            let type = try scanner.type()
            let id = try define(numbers[0], type, scanner)
            program.inputs.append(.init(name: name, value: id))
            return
        }
        let attributes = try scanner.attributes()
        var operands: [Program.ValueID] = []
        while scanner.skipSpaces(), scanner.peek == "%" { operands.append(try value(&scanner)) }
        try scanner.expect(":")
        var types = [try scanner.type()]
        while scanner.take(",") { types.append(try scanner.type()) }
        guard types.count == numbers.count else {
            throw scanner.error("\(numbers.count) values and \(types.count) types")
        }
        let operation = try operation(word, attributes, isComposite, scanner)
        var results: [Program.ValueID] = []
        for (number, type) in zip(numbers, types) {
            results.append(try define(number, type, scanner))
        }
        program.instructions.append(
            .init(operation: operation, operands: operands, results: results))
    }

    private func operation(
        _ name: String, _ attributes: Attributes, _ isComposite: Bool, _ scanner: Scanner
    ) throws(ProgramError) -> Program.Operation {
        if isComposite {
            guard let type = composites.first(where: { $0.name == name }) else {
                throw scanner.error("no composite is called \(name)")
            }
            return .composite(try type.init(attributes: attributes))
        }
        guard let primitive = try Primitive(name: name, attributes: attributes) else {
            throw scanner.error("no primitive is called \(name)")
        }
        return .primitive(primitive)
    }

    private mutating func define(
        _ number: Int, _ type: ValueType, _ scanner: Scanner
    ) throws(ProgramError) -> Program.ValueID {
        guard types.updateValue(type, forKey: number) == nil else {
            throw scanner.error("%\(number) is defined again")
        }
        return number
    }

    private func value(_ scanner: inout Scanner) throws(ProgramError) -> Program.ValueID {
        let number = try scanner.valueNumber()
        guard types[number] != nil else { throw scanner.error("%\(number) is not defined") }
        return number
    }

    /// The program with its values numbered without gaps, in the order of their numbers in the text.
    func finish() throws(ProgramError) -> Program {
        guard hasHeader else { throw .text(line: 1, "the first line is \"program NAME\"") }
        let numbers = types.keys.sorted()
        let rank = Dictionary(uniqueKeysWithValues: zip(numbers, 0...))
        func renumbered(_ named: Program.Named) -> Program.Named {
            .init(name: named.name, value: rank[named.value, default: 0])
        }
        var result = program
        result.types = numbers.compactMap { types[$0] }
        result.inputs = program.inputs.map(renumbered)
        result.outputs = program.outputs.map(renumbered)
        result.instructions = program.instructions.map { instruction in
            .init(
                operation: instruction.operation,
                operands: instruction.operands.compactMap { rank[$0] },
                results: instruction.results.compactMap { rank[$0] })
        }
        try result.verify()
        return result
    }
}

/// Reads tokens of a line.
private struct Scanner {
    var text: Substring
    let line: Int

    var isAtEnd: Bool { text.isEmpty }
    var peek: Character? { text.first }

    func error(_ reason: String) -> ProgramError { .text(line: line, reason) }

    @discardableResult
    mutating func skipSpaces() -> Bool {
        text = text.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        return true
    }

    mutating func take(_ character: Character) -> Bool {
        skipSpaces()
        guard text.first == character else { return false }
        text.removeFirst()
        return true
    }

    mutating func expect(_ character: Character) throws(ProgramError) {
        if !take(character) { throw error("expected \"\(character)\" before \"\(text)\"") }
    }

    /// The characters up to white space or punctuation.
    mutating func word() -> String {
        skipSpaces()
        let word = text.prefix { !" \t\r,=:{}[]".contains($0) }
        text = text.dropFirst(word.count)
        return String(word)
    }

    mutating func rest() -> Substring {
        skipSpaces()
        defer { text = "" }
        return text
    }

    mutating func valueNumber() throws(ProgramError) -> Int {
        try expect("%")
        let digits = word()
        guard let number = Int(digits), number >= 0 else {
            throw error("\"%\(digits)\" is not a value")
        }
        return number
    }

    mutating func integers() throws(ProgramError) -> [Int] {
        try expect("[")
        var values: [Int] = []
        while !take("]") {
            if !values.isEmpty { try expect(",") }
            let digits = word()
            guard let value = Int(digits) else { throw error("\"\(digits)\" is not an integer") }
            values.append(value)
        }
        return values
    }

    mutating func type() throws(ProgramError) -> ValueType {
        let name = word()
        guard let elementType = ElementType(rawValue: name) else {
            throw error("no element type is called \"\(name)\"")
        }
        let extents = try integers()
        guard let shape = Shape(checking: extents) else {
            throw error("impossible extents \(extents)")
        }
        return ValueType(elementType, shape)
    }

    mutating func attributes() throws(ProgramError) -> Attributes {
        var attributes: Attributes = [:]
        guard take("{") else { return attributes }
        while !take("}") {
            if !attributes.entries.isEmpty { try expect(",") }
            let name = word()
            try expect("=")
            guard attributes.insert(try attribute(), as: name) else {
                throw error("attribute \(name) is given twice")
            }
        }
        return attributes
    }

    private mutating func attribute() throws(ProgramError) -> Attribute {
        skipSpaces()
        if peek == "[" { return .integers(try integers()) }
        let start = text
        let word = word()
        if word.isEmpty { throw error("expected a value before \"\(text)\"") }
        if peek == "[" {
            text = start
            return .type(try type())
        }
        if word == "true" || word == "false" { return .flag(word == "true") }
        if let integer = Int(word) { return .integer(integer) }
        if let number = Double(word) { return .number(number) }
        return .word(word)
    }
}
