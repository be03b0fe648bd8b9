import Conformance
import Engines
import Programs
import Tensors
import Testing

@Suite("the suite for engines")
struct ConformanceTests {
    @Test("the reference engine keeps what it says of itself")
    func reference() throws { try EngineConformance(ReferenceEngine()).check() }

    @Test("the check can fail: numbers that are slightly off are caught")
    func numbers() throws {
        let suite = EngineConformance(BrokenEngine(fault: .numbers))
        withKnownIssue { try suite.checkElementwise() }
        withKnownIssue { try suite.checkMovement() }
        withKnownIssue { try suite.checkReductions() }
        withKnownIssue { try suite.checkProducts() }
        withKnownIssue { try suite.checkLookups() }
        withKnownIssue { try suite.checkCombinations() }
        withKnownIssue { try suite.checkDonations() }
        for composite in CompositeCatalog.all { withKnownIssue { try suite.check(composite) } }
    }

    @Test("the check can fail: buffers that are not taken over are caught")
    func donations() {
        withKnownIssue { try EngineConformance(BrokenEngine(fault: .donations)).checkDonations() }
    }

    @Test("the check can fail: bits that change from run to run are caught")
    func repeats() {
        withKnownIssue { try EngineConformance(BrokenEngine(fault: .repeats)).checkRepeatability() }
    }

    @Test("the check can fail: donations that are never looked at are caught")
    func refusals() {
        withKnownIssue { try EngineConformance(BrokenEngine(fault: .donations)).checkRefusals() }
    }

    @Test("the checks of steps can fail")
    func steps() {
        withKnownIssue { try EngineConformance(BrokenEngine(fault: .feeds)).checkSteps() }
        withKnownIssue { try EngineConformance(BrokenEngine(fault: .reports)).checkSteps() }
    }

    @Test("the checks of element types can fail")
    func elementTypes() {
        withKnownIssue { try EngineConformance(BrokenEngine(fault: .numbers)).checkElementTypes() }
    }
}

/// The reference engine with a fault.
private struct BrokenEngine: Engine {
    enum Fault {
        /// Every output is off by 64 roundings.
        case numbers
        /// Donations are ignored.
        case donations
        /// Each run adds to the error of the one before.
        case repeats
        /// Every step of a run is fed what the first is.
        case feeds
        /// Every step of a run reports what the last does.
        case reports
    }

    let fault: Fault
    var name: String { "broken" }
    var facts: [String: String] { [:] }

    func compile(_ program: Program, donations: [String: String]) throws -> any Executable {
        let inner = try ReferenceEngine().compile(
            program, donations: fault == .donations ? [:] : donations)
        return BrokenExecutable(inner, fault)
    }

    func compileSteps(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int
    ) throws -> any StepExecutable {
        BrokenSteps(
            try ReferenceEngine().compileSteps(
                program, donations: donations, feeding: fed, limit: limit), fault)
    }

    func buffer(_ tensor: Tensor) throws -> any Buffer { try ReferenceEngine().buffer(tensor) }
}

private final class BrokenSteps: StepExecutable {
    let inner: any StepExecutable
    let fault: BrokenEngine.Fault
    var limit: Int { inner.limit }
    var kernels: [KernelCount] { inner.kernels }
    var reported: [String] { inner.reported }

    init(_ inner: any StepExecutable, _ fault: BrokenEngine.Fault) {
        self.inner = inner
        self.fault = fault
    }

    func run(_ operands: [any Buffer], feeding steps: [[Tensor]]) throws -> [[Tensor]] {
        let fed = fault == .feeds ? steps.map { _ in steps[0] } : steps
        let rows = try inner.run(operands, feeding: fed)
        return fault == .reports ? rows.map { _ in rows[rows.count - 1] } : rows
    }
}

private final class BrokenExecutable: Executable {
    let inner: any Executable
    let fault: BrokenEngine.Fault
    var runs = 0
    var program: Program { inner.program }
    var kernels: [KernelCount] { inner.kernels }

    init(_ inner: any Executable, _ fault: BrokenEngine.Fault) {
        self.inner = inner
        self.fault = fault
    }

    func run(_ operands: [any Buffer]) throws -> [any Buffer] {
        let results = try inner.run(operands)
        runs += 1
        if [.donations, .feeds, .reports].contains(fault) { return results }
        let factor = 1 + (fault == .numbers ? 64 : 64 * Float(runs)) * Float.ulpOfOne
        for result in results where result.type.elementType == .f32 {
            let tensor = try result.tensor()
            try result.write(Tensor(tensor.floats.map { $0 * factor }, shape: tensor.shape))
        }
        return results
    }
}
