import Conformance
import Programs
import Tensors
import Testing

@Suite("every composite of the catalog")
struct CompositeTests {
    static let all = CompositeCatalog.all.map(NamedComposite.init)

    @Test("samples run, from text and as bodies", arguments: all)
    func runs(_ composite: NamedComposite) { CompositeConformance.checkRuns(composite.type) }

    @Test("samples that break a constraint are refused under its label", arguments: all)
    func refusals(_ composite: NamedComposite) {
        CompositeConformance.checkRefusals(composite.type)
    }

    @Test("gradients agree with finite differences of the body", arguments: all)
    func gradients(_ composite: NamedComposite) {
        CompositeConformance.checkGradients(composite.type)
    }

    @Test("attributes make an equal composite", arguments: all)
    func attributes(_ composite: NamedComposite) {
        CompositeConformance.checkAttributes(composite.type)
    }

    @Test("names are unique words in alphabetical order")
    func names() {
        let names = CompositeCatalog.all.map { $0.name }
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
    }

    @Test("the check can fail: a wrong gradient, label, attribute and count are caught")
    func negativeControls() {
        withKnownIssue { CompositeConformance.checkRuns(Broken.self) }
        withKnownIssue { CompositeConformance.checkRefusals(Broken.self) }
        withKnownIssue { CompositeConformance.checkGradients(Broken.self) }
        withKnownIssue { CompositeConformance.checkAttributes(Broken.self) }
    }
}

/// x², with everything about it wrong but its body.
private struct Broken: Composite {
    static let name = "broken"

    var factor: Double

    init(factor: Double) { self.factor = factor }

    init(attributes: Attributes) throws(ProgramError) { factor = 2 }

    var attributes: Attributes { ["factor": .number(factor)] }

    var resultCount: Int { 2 }

    func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        try expect(operands, count: 1)
        return operands
    }

    func body(_ operands: [Value]) -> [Value] { [operands[0] * operands[0]] }

    func gradient(operands: [Value], results: [Value], cotangents: [Value?]) -> [Value?]? {
        [cotangents[0].map { $0 * operands[0] }]
    }

    static let samples = [
        CompositeSample(Broken(factor: 1), [.wave([3])]),
        CompositeSample(Broken(factor: 1), [], breaks: "C2"),
    ]
}
