import Conformance
import Modules
import Optimizers
import Programs
import Synchronization
import Testing

@Suite("every rule of the catalog")
struct ConformanceTests {
    @Test(
        "keeps the laws of update rules in every role",
        arguments: OptimizerCatalog.all.map { NamedRule($0) }, Role.allCases)
    func catalog(_ rule: NamedRule, role: Role) throws {
        try UpdateRuleConformance(rule.rule, role: role).check()
    }

    @Test(
        "repeats and resumes bit for bit on the CPU engine",
        arguments: OptimizerCatalog.all.map { NamedRule($0) }, [Role.hidden, .embedding])
    func onCPU(_ rule: NamedRule, role: Role) throws {
        let conformance = UpdateRuleConformance(
            rule.rule, role: role, on: try Arithmetic.single.engine)
        try conformance.checkRepeatability()
        try conformance.checkState()
    }

    @Test("keeps them with coupled decay and other momenta")
    func variants() throws {
        try UpdateRuleConformance(SGD(momentum: 0)).check()
        try UpdateRuleConformance(SGD(momentum: 0.5)).check()
        try UpdateRuleConformance(AdamW(beta1: 0.5, beta2: 0.99, epsilon: 1e-6)).check()
        let coupled = UpdateRuleConformance(SGD(decay: Decay(.coupled, rate: 1e-4)))
        try coupled.checkDescent()
        try coupled.checkRepeatability()
        try coupled.checkState()
    }

    @Test("rules have different names")
    func names() {
        let names = OptimizerCatalog.all.map { type(of: $0).name }
        #expect(Set(names).count == names.count)
    }

    @Test("the check can fail: a rule that climbs, and one that stands, are caught")
    func descent() {
        withKnownIssue { try UpdateRuleConformance(Broken(fault: .climbs)).checkDescent() }
        withKnownIssue { try UpdateRuleConformance(Broken(fault: .stands)).checkDescent() }
    }

    @Test("the check can fail: a hidden memory is caught")
    func hiddenMemory() {
        let rule = Broken(fault: .remembers)
        withKnownIssue { try UpdateRuleConformance(rule).checkRepeatability() }
        withKnownIssue { try UpdateRuleConformance(rule).checkState() }
    }

    @Test("the check can fail: a parameterSplit by the gradient is caught")
    func zeroGradients() {
        withKnownIssue { try UpdateRuleConformance(Broken(fault: .divides)).checkZeroGradients() }
    }

    @Test("the check can fail: a program that another step changes is caught")
    func program() {
        withKnownIssue { try UpdateRuleConformance(Broken(fault: .rebuilds)).checkProgram() }
    }

    @Test("the check can fail: a scalar without a name is caught")
    func scalars() {
        withKnownIssue { UpdateRuleConformance(Broken(fault: .forgets)).checkScalars() }
    }
}

/// Gradient descent with a fault.
private struct Broken: UpdateRule {
    enum Fault { case climbs, stands, remembers, divides, forgets, rebuilds }

    static let name = "broken"
    let fault: Fault
    let counter = Counter()

    func slots(for parameter: ParameterSpecification) -> [StateSlot] { [] }

    var stepScalars: [StepScalar] { fault == .forgets ? [] : [.learningRate] }

    func scalars(at step: StepSize) -> [StepScalar: Double] {
        let count = counter.next()
        let factor: Double =
            switch fault {
            case .climbs: -1
            case .stands: 0
            case .remembers: 1 / Double(count)
            case .divides, .forgets, .rebuilds: 1
            }
        return [.learningRate: factor * step.learningRate]
    }

    func update(_ operands: UpdateOperands) -> UpdateResults {
        var direction = operands.gradient
        if fault == .divides { direction = direction / direction.absolute() }
        if fault == .rebuilds { direction = direction * Double(counter.next()) }
        let change = direction * operands.learningRate
        return UpdateResults(
            parameter: operands.parameter - change, state: [],
            squaredUpdate: (change * change).sum())
    }
}

/// Counts across runs.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
