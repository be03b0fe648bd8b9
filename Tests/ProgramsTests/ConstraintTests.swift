import Programs
import Tensors
import Testing

/// Types that each primitive refuses, under the label that it names.
@Suite("constraints of primitives")
struct ConstraintTests {
    /// Checks that a primitive refuses operands under a label.
    private func expect(
        _ primitive: Primitive, _ operands: [String], breaks label: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let types = try operands.map(valueType)
        do {
            let type = try primitive.resultType(of: types)
            Issue.record("\(primitive.name) makes \(type)", sourceLocation: sourceLocation)
        } catch ProgramError.constraint(let found, let operation, _) {
            #expect(
                found == label && operation == primitive.name, sourceLocation: sourceLocation)
        }
    }

    /// Reads a type as program text has it.
    private func valueType(_ text: String) throws -> ValueType {
        let program = try Program(text: "program type\n%0 = input x : \(text)")
        return program.types[0]
    }

    @Test("(C1) the number of operands")
    func c1() throws {
        let x = "f32[2]"
        try expect(.constant(1, ValueType(.f32, [])), [x], breaks: "C1")
        try expect(.iota(axis: 0, ValueType(.f32, [2])), [x], breaks: "C1")
        for function in UnaryFunction.allCases { try expect(.unary(function), [], breaks: "C1") }
        for function in BinaryFunction.allCases { try expect(.binary(function), [x], breaks: "C1") }
        try expect(.compare(.less), [x], breaks: "C1")
        try expect(.select, [x, x], breaks: "C1")
        try expect(.convert(.i32), [x, x], breaks: "C1")
        try expect(.reshape([2]), [], breaks: "C1")
        try expect(.broadcast([2], axes: [0]), [x, x], breaks: "C1")
        try expect(.transpose([0]), [], breaks: "C1")
        try expect(.slice(starts: [0], limits: [1]), [x, x], breaks: "C1")
        try expect(.pad(low: [0], high: [0]), [], breaks: "C1")
        try expect(.concatenate(axis: 0), [], breaks: "C1")
        try expect(.reduce(.sum, axes: []), [], breaks: "C1")
        try expect(.dot(DotAxes(contracted: ([0], [0]))), [x], breaks: "C1")
        try expect(.take, [x], breaks: "C1")
        try expect(.scatterAdd(rows: 2), [x], breaks: "C1")
    }

    @Test("(C2) element types")
    func c2() throws {
        try expect(.iota(axis: 0, ValueType(.bool, [2])), [], breaks: "C2")
        for function in UnaryFunction.allCases {
            try expect(.unary(function), [function == .not ? "f32[2]" : "bool[2]"], breaks: "C2")
            if ![.negate, .absolute, .sign, .not].contains(function) {
                try expect(.unary(function), ["i32[2]"], breaks: "C2")
            }
        }
        for function in BinaryFunction.allCases {
            try expect(.binary(function), ["f32[2]", "i32[2]"], breaks: "C2")
            let other = function == .and || function == .or ? "f32[2]" : "bool[2]"
            try expect(.binary(function), [other, other], breaks: "C2")
        }
        try expect(.compare(.less), ["f32[2]", "f64[2]"], breaks: "C2")
        try expect(.select, ["f32[2]", "f32[2]", "f32[2]"], breaks: "C2")
        try expect(.select, ["bool[2]", "f32[2]", "i32[2]"], breaks: "C2")
        try expect(.concatenate(axis: 0), ["f32[2]", "i32[2]"], breaks: "C2")
        try expect(.reduce(.sum, axes: [0]), ["bool[2]"], breaks: "C2")
        let dot = Primitive.dot(DotAxes(contracted: ([0], [0])))
        try expect(dot, ["f32[2]", "bf16[2]"], breaks: "C2")
        try expect(dot, ["bool[2]", "bool[2]"], breaks: "C2")
        try expect(.take, ["f32[2]", "f32[1]"], breaks: "C2")
        try expect(.scatterAdd(rows: 2), ["f32[1]", "f32[1]"], breaks: "C2")
    }

    @Test("(C3) shapes that must be equal or fit")
    func c3() throws {
        for function in BinaryFunction.allCases {
            let element = function == .and || function == .or ? "bool" : "f32"
            try expect(.binary(function), ["\(element)[2]", "\(element)[2,1]"], breaks: "C3")
        }
        try expect(.compare(.equal), ["f32[2]", "f32[3]"], breaks: "C3")
        try expect(.select, ["bool[2]", "f32[3]", "f32[3]"], breaks: "C3")
        try expect(.select, ["bool[2]", "f32[2]", "f32[3]"], breaks: "C3")
        try expect(.reshape([5]), ["f32[2,3]"], breaks: "C3")
        try expect(.broadcast([2, 3], axes: [1]), ["f32[2]"], breaks: "C3")
        try expect(.concatenate(axis: 0), ["f32[2,3]", "f32[2,4]"], breaks: "C3")
        try expect(.concatenate(axis: 0), ["f32[2,3]", "f32[2]"], breaks: "C3")
        try expect(.dot(DotAxes(contracted: ([0], [0]))), ["f32[2]", "f32[3]"], breaks: "C3")
        try expect(
            .dot(DotAxes(batch: ([0], [0]), contracted: ([1], [1]))), ["f32[2,3]", "f32[4,3]"],
            breaks: "C3")
        try expect(.take, ["f32[]", "i32[2]"], breaks: "C3")
        try expect(.scatterAdd(rows: 2), ["i32[3]", "f32[2,4]"], breaks: "C3")
    }

    @Test("(C4) axes that exist and are distinct")
    func c4() throws {
        try expect(.iota(axis: 1, ValueType(.f32, [2])), [], breaks: "C4")
        try expect(.iota(axis: -1, ValueType(.f32, [2])), [], breaks: "C4")
        try expect(.broadcast([2, 3], axes: []), ["f32[2]"], breaks: "C4")
        try expect(.broadcast([2, 3], axes: [2]), ["f32[2]"], breaks: "C4")
        try expect(.broadcast([2, 3], axes: [0, 0]), ["f32[2,2]"], breaks: "C4")
        try expect(.transpose([0]), ["f32[2,3]"], breaks: "C4")
        try expect(.transpose([0, 0]), ["f32[2,3]"], breaks: "C4")
        try expect(.transpose([0, 2]), ["f32[2,3]"], breaks: "C4")
        try expect(.slice(starts: [0], limits: [1]), ["f32[2,3]"], breaks: "C4")
        try expect(.slice(starts: [0, 0], limits: [1]), ["f32[2,3]"], breaks: "C4")
        try expect(.pad(low: [0], high: [0, 0]), ["f32[2,3]"], breaks: "C4")
        try expect(.concatenate(axis: 1), ["f32[2]"], breaks: "C4")
        try expect(.reduce(.sum, axes: [1]), ["f32[2]"], breaks: "C4")
        try expect(.reduce(.maximum, axes: [0, 0]), ["f32[2]"], breaks: "C4")
        for axes in [
            DotAxes(contracted: ([2], [0])), DotAxes(contracted: ([0], [-1])),
            DotAxes(contracted: ([0], [])), DotAxes(batch: ([0], []), contracted: ([], [])),
            DotAxes(batch: ([0], [0]), contracted: ([0], [1])),
        ] {
            try expect(.dot(axes), ["f32[2,2]", "f32[2,2]"], breaks: "C4")
        }
    }

    @Test("(C5) extents and bounds")
    func c5() throws {
        try expect(.constant(0.5, ValueType(.i32, [])), [], breaks: "C5")
        try expect(.constant(1e10, ValueType(.i32, [])), [], breaks: "C5")
        try expect(.constant(2, ValueType(.bool, [])), [], breaks: "C5")
        try expect(.slice(starts: [-1], limits: [1]), ["f32[2]"], breaks: "C5")
        try expect(.slice(starts: [2], limits: [1]), ["f32[2]"], breaks: "C5")
        try expect(.slice(starts: [0], limits: [3]), ["f32[2]"], breaks: "C5")
        try expect(.pad(low: [-1], high: [0]), ["f32[2]"], breaks: "C5")
        try expect(.pad(low: [.max], high: [.max]), ["f32[2]"], breaks: "C5")
        let long = "f32[\(Int.max)]"
        try expect(.concatenate(axis: 0), [long, long], breaks: "C5")
        try expect(.dot(DotAxes(contracted: ([], []))), [long, long], breaks: "C5")
        try expect(.take, ["f32[1,\(Int.max)]", "i32[2]"], breaks: "C5")
        try expect(.scatterAdd(rows: 0), ["i32[3]", "f32[3]"], breaks: "C5")
        try expect(.scatterAdd(rows: -1), ["i32[3]", "f32[3]"], breaks: "C5")
        try expect(.scatterAdd(rows: .max), ["i32[3]", "f32[3,2]"], breaks: "C5")
    }

    @Test("the check can fail: what is allowed, or refused for another reason, is caught")
    func negativeControl() {
        withKnownIssue { try expect(.take, ["f32[3]", "i32[2]"], breaks: "C1") }
        withKnownIssue { try expect(.take, ["f32[3]"], breaks: "C2") }
    }

    @Test("a message says which operation, which constraint and what was found")
    func message() {
        let error = #expect(throws: ProgramError.self) {
            try Primitive.binary(.add).resultType(
                of: [ValueType(.f32, [2]), ValueType(.f32, [3])])
        }
        #expect(error?.description == "add (C3): shapes [2] and [3]")
    }

    @Test("a builder keeps its first mistake")
    func builder() {
        let builder = ProgramBuilder("mistakes")
        let x = builder.input("x", .f32, [2])
        let y = builder.input("y", .f32, [3])
        let wrong = x + y
        builder.output("z", wrong.transposed([1, 0]))
        #expect(throws: ProgramError.constraint("C3", of: "add", found: "shapes [2] and [3]")) {
            try builder.build()
        }
    }
}
