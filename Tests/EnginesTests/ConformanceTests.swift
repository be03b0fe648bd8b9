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
    }

    let fault: Fault
    var name: String { "broken" }
    var facts: [String: String] { [:] }

    func compile(_ program: Program, donations: [String: String]) throws -> any Executable {
        let inner = try ReferenceEngine().compile(
            program, donations: fault == .donations ? [:] : donations)
        return BrokenExecutable(inner, fault)
    }

    func buffer(_ tensor: Tensor) throws -> any Buffer { try ReferenceEngine().buffer(tensor) }
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
        if fault == .donations { return results }
        let factor = 1 + (fault == .numbers ? 64 : 64 * Float(runs)) * Float.ulpOfOne
        for result in results where result.type.elementType == .f32 {
            let tensor = try result.tensor()
            try result.write(Tensor(tensor.floats.map { $0 * factor }, shape: tensor.shape))
        }
        return results
    }
}
