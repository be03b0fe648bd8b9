import Engines
public import Programs
import Tensors
public import Testing

/// Facts that every composite holds to, tried on its own samples.
///
/// ```swift
/// @Test(arguments: CompositeCatalog.all.map(NamedComposite.init))
/// func conforms(_ composite: NamedComposite) { CompositeConformance.check(composite.type) }
/// ```
public enum CompositeConformance {
    /// All of them.
    public static func check(
        _ type: any Composite.Type, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        checkRuns(type, sourceLocation: sourceLocation)
        checkRefusals(type, sourceLocation: sourceLocation)
        checkGradients(type, sourceLocation: sourceLocation)
        checkAttributes(type, sourceLocation: sourceLocation)
    }

    /// The samples run, and the program's text and the body mean the same, bit for bit.
    public static func checkRuns(
        _ type: any Composite.Type, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let samples = type.samples.filter { $0.breaks == nil }
        #expect(!samples.isEmpty, "\(type.name) has a sample", sourceLocation: sourceLocation)
        attempt(type, sourceLocation) {
            for sample in samples {
                let program = try sample.program()
                let engine = ReferenceEngine()
                let outputs = try engine.run(program, sample.inputs)
                #expect(
                    outputs.count == sample.composite.resultCount,
                    "\(type.name) counts its results", sourceLocation: sourceLocation)
                let read = try Program(text: program.description, composites: [type])
                #expect(
                    read == program, "\(type.name) is read back from text",
                    sourceLocation: sourceLocation)
                #expect(
                    try engine.run(read, sample.inputs) == outputs,
                    "\(type.name) from text gives the same", sourceLocation: sourceLocation)
                let body = try program.inlined { _ in true }
                #expect(
                    try engine.run(body, sample.inputs) == outputs,
                    "the body of \(type.name) gives the same", sourceLocation: sourceLocation)
            }
        }
    }

    /// Samples that break a constraint are refused under its label.
    public static func checkRefusals(
        _ type: any Composite.Type, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let samples = type.samples.filter { $0.breaks != nil }
        #expect(!samples.isEmpty, "\(type.name) refuses a sample", sourceLocation: sourceLocation)
        for sample in samples {
            let expected = sample.breaks ?? ""
            do {
                _ = try sample.program()
                Issue.record(
                    "\(type.name) accepts a sample that breaks \(expected)",
                    sourceLocation: sourceLocation)
            } catch ProgramError.constraint(let label, let operation, _) {
                #expect(
                    label == expected && operation == type.name,
                    "\(operation) (\(label)) for a sample that breaks \(type.name) (\(expected))",
                    sourceLocation: sourceLocation)
            } catch {
                Issue.record(
                    "\(type.name) answers \(error) to a sample that breaks \(expected)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    /// The gradient is that of the body, by finite differences in double.
    public static func checkGradients(
        _ type: any Composite.Type, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        attempt(type, sourceLocation) {
            for sample in type.samples where sample.breaks == nil {
                let wide = sample.widened()
                try expectGradients(
                    of: try wide.program(), at: wide.inputs, sourceLocation: sourceLocation)
            }
        }
    }

    /// Attributes make an equal composite again, and none of them can be left out.
    public static func checkAttributes(
        _ type: any Composite.Type, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        attempt(type, sourceLocation) {
            for sample in type.samples {
                let attributes = sample.composite.attributes
                let copy = try type.init(attributes: attributes)
                #expect(
                    copy.attributes == attributes, "\(type.name) keeps its attributes",
                    sourceLocation: sourceLocation)
            }
        }
        for missing in type.samples.first?.composite.attributes.entries ?? [] {
            var rest: Attributes = [:]
            for entry in type.samples[0].composite.attributes.entries where entry != missing {
                rest.insert(entry.value, as: entry.name)
            }
            #expect(
                throws: ProgramError.self, "\(type.name) needs \(missing.name)",
                sourceLocation: sourceLocation
            ) { try type.init(attributes: rest) }
        }
    }

    private static func attempt(
        _ type: any Composite.Type, _ sourceLocation: SourceLocation, _ body: () throws -> Void
    ) {
        do {
            try body()
        } catch {
            Issue.record("\(type.name): \(error)", sourceLocation: sourceLocation)
        }
    }
}

/// A composite that a test's output shows by name.
public struct NamedComposite: Sendable, CustomTestStringConvertible {
    /// The composite.
    public let type: any Composite.Type

    /// Names a composite.
    public init(_ type: any Composite.Type) { self.type = type }

    /// The name in program text.
    public var testDescription: String { type.name }
}

extension CompositeSample {
    /// The composite with inputs called `x0`, `x1` and so on, and outputs `y0`, `y1`.
    func program() throws -> Program {
        let builder = ProgramBuilder(type(of: composite).name)
        let values = operands.enumerated().map { index, operand in
            builder.input("x\(index)", operand.elementType, operand.shape)
        }
        for (index, result) in builder.apply(composite, values).enumerated() {
            builder.output("y\(index)", result)
        }
        return try builder.build()
    }

    /// The operands as inputs of ``program()``.
    var inputs: [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: operands.enumerated().map { ("x\($0.offset)", $0.element) })
    }

    /// The same in double precision.
    func widened() -> CompositeSample {
        CompositeSample(composite, operands.map { $0.widened() }, breaks: breaks)
    }
}

extension Tensor {
    /// The same numbers as `f64`, if they approximate real ones.
    func widened() -> Tensor {
        elementType.isFloatingPoint ? Tensor(doubles: doubles, shape: shape) : self
    }
}
