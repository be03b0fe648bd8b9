import Programs
import Tensors
import Testing

@Suite("program text")
struct TextTests {
    @Test("every primitive and every composite is read back")
    func everythingRoundTrips() throws {
        let program = try everything()
        let read = try Program(text: program.description)
        #expect(read == program)
        #expect(read.description == program.description)
        #expect(read.hashValue == program.hashValue)
        for name in ["add", "dot", "scatter_add", "@causal_attention", "@adamw_update"] {
            #expect(program.description.contains(" \(name) "), "the program has \(name)")
        }
    }

    @Test("a step of training is read back, simplified or not")
    func trainingRoundTrips() throws {
        let program = try training()
        #expect(try Program(text: program.description) == program)
        let simplified = try program.simplified()
        #expect(try Program(text: simplified.description) == simplified)
    }

    @Test("the example of the documentation")
    func example() throws {
        let text = """
            program example
            %0 = input x : f32[2,3]
            %1 = multiply %0 %0 : f32[2,3]
            %2 = reduce {by = sum, axes = [0, 1]} %1 : f32[]
            output loss = %2

            """
        let program = try Program(text: text)
        #expect(program.description == text)
        #expect(program.inputType("x") == ValueType(.f32, [2, 3]))
        #expect(program.outputType("loss") == ValueType(.f32, []))
        #expect(program.outputType("x") == nil)
    }

    @Test("comments, blank lines, spaces and the line ends of Windows do not matter")
    func layout() throws {
        let plain = "program p\n%0 = input x : f32[2]\n%1 = add %0 %0 : f32[2]\noutput y = %1\n"
        let program = try Program(text: plain)
        #expect(
            try Program(text: plain.split(separator: "\n").joined(separator: "\r\n")) == program)
        let loose = """

            # A comment.
              program p
            %7=input x:f32[ 2 ]
            \t%9 =  add  %7 %7  :  f32[2]
            # Another.
            output  y=%9
            """
        #expect(try Program(text: loose) == program)
    }

    @Test(
        "mistakes are shown with their line",
        arguments: [
            ("", 1, "the first line is \"program NAME\""),
            ("%0 = input x : f32[]", 1, "the first line is \"program NAME\""),
            ("program p\nfoo", 2, "expected a definition, as \"%1 = ...\", or an output"),
            ("program p\n\n%x = input x : f32[]", 3, "\"%x\" is not a value"),
            ("program p\n%-1 = input x : f32[]", 2, "\"%-1\" is not a value"),
            ("program p\n%0 input x : f32[]", 2, "expected \"=\" before \"input x : f32[]\""),
            ("program p\n%0 = input x : f16[]", 2, "no element type is called \"f16\""),
            ("program p\n%0 = input x : f32[-1]", 2, "impossible extents [-1]"),
            ("program p\n%0 = input x : f32[a]", 2, "\"a\" is not an integer"),
            ("program p\n%0 = input x : f32[2", 2, "expected \",\" before \"\""),
            ("program p\n%0 = input x : f32[] f32[]", 2, "unexpected \"f32[]\""),
            ("program p\n%0 = input x : f32[]\n%0 = input y : f32[]", 3, "%0 is defined again"),
            ("program p\n%1 = negate %0 : f32[]", 2, "%0 is not defined"),
            ("program p\noutput y = %0", 2, "%0 is not defined"),
            ("program p\n%0 = nothing : f32[]", 2, "no primitive is called nothing"),
            ("program p\n%0 = @nothing : f32[]", 2, "no composite is called nothing"),
            ("program p\n%0, %1 = iota {} : f32[]", 2, "2 values and 1 types"),
            (
                "program p\n%0 = iota {axis = 0, axis = 1} : f32[]", 2,
                "attribute axis is given twice"
            ),
            ("program p\n%0 = iota {axis = } : f32[]", 2, "expected a value before \"} : f32[]\""),
            ("program p\n%0 = iota {axis 0} : f32[]", 2, "expected \"=\" before \"0} : f32[]\""),
        ] as [(String, Int, String)])
    func mistakes(text: String, line: Int, reason: String) {
        #expect(throws: ProgramError.text(line: line, reason)) { try Program(text: text) }
    }

    @Test(
        "attributes that are missing, or not what they should be, are named",
        arguments: [
            ("iota {type = f32[2]}", "iota needs the attribute axis, an integer"),
            ("iota {axis = 0.5, type = f32[2]}", "iota needs the attribute axis, an integer"),
            ("iota {axis = 0}", "iota needs the attribute type, a type"),
            (
                "constant {value = one, type = f32[2]}",
                "constant needs the attribute value, a number"
            ),
            ("compare", "compare needs the attribute direction, a word"),
            ("compare {direction = above}", "compare knows no direction above"),
            ("convert {to = f16}", "convert knows no to f16"),
            ("reshape {shape = 2}", "reshape needs the attribute shape, a list of integers"),
            ("reshape {shape = [-2]}", "reshape has impossible extents [-2]"),
            (
                "@rotary {base = 10, inverse = 1}",
                "rotary needs the attribute inverse, true or false"
            ),
        ])
    func attributes(operation: String, reason: String) {
        #expect(throws: ProgramError.malformed(reason)) {
            try Program(text: "program p\n%0 = \(operation) : f32[2]")
        }
    }

    @Test("an error says what it is about")
    func descriptions() {
        #expect(
            ProgramError.text(line: 3, "no").description == "program text, line 3: no")
        #expect(ProgramError.malformed("no").description == "malformed program: no")
        #expect(ProgramError.gradient("no").description == "no gradient: no")
    }

    @Test(
        "text that is changed at random is read or refused, and what is read is read back",
        arguments: 0..<8)
    func fuzz(seed: Int) throws {
        let texts = try [everything().description, training().description]
        let fragments =
            [
                "%", "[", "]", "{", "}", "=", ":", ",", "@", "\n", " ", "-", "nan", "inf", "0", "1",
                "99",
            ]
            + ["9223372036854775807", "-9223372036854775808", "1e999", "f32[]", "bool[2]", "axes"]
            + ["[9223372036854775807, 2]", "[0, 0]", "true", "\u{0}", "é", "\r\n", "output x = %1"]
        var random = Random(state: UInt64(seed + 1))
        var (read, refused) = (0, 0)
        for round in 0..<250 {
            // Some forty lines in a row keep a round short.
            var lines = texts[round % 2].split(separator: "\n", omittingEmptySubsequences: false)
            if round % 4 >= 2 { lines = Array(lines.filter { !$0.hasPrefix("output") }) }
            var characters = Array(lines.prefix(60).joined(separator: "\n").unicodeScalars)
            for _ in 0...random.next(3) {
                let start = random.next(characters.count)
                let end = min(start + random.next(6), characters.count)
                switch random.next(3) {
                case 0: characters.removeSubrange(start..<end)
                case 1:
                    let new = fragments[random.next(fragments.count)].unicodeScalars
                    characters.replaceSubrange(start..<end, with: new)
                default: characters.insert(contentsOf: characters[start..<end], at: start)
                }
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: characters)
            do {
                let program = try Program(text: String(text))
                #expect(try Program(text: program.description) == program)
                read += 1
            } catch {
                #expect(!"\(error)".isEmpty)
                refused += 1
            }
        }
        #expect(read > 0 && refused > 0, "both happen")
    }
}

/// Marsaglia's xorshift.
private struct Random {
    var state: UInt64

    mutating func next(_ limit: Int) -> Int {
        if state < 1 << 32 { state = state &* 0x9E37_79B9_7F4A_7C15 | 1 }
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(limit))
    }
}
