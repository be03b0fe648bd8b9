import Conformance
import EngineCPU
import Programs
import Tensors
import Testing

@Suite("the CPU engine against the reference engine")
struct ConformanceTests {
    let suite: EngineConformance

    init() throws {
        suite = EngineConformance(
            try makeEngine(threads: 2), elementTypes: [.f32, .bf16, .i32, .bool])
    }

    @Test("element-wise primitives") func elementwise() throws { try suite.checkElementwise() }
    @Test("primitives that move elements") func movement() throws { try suite.checkMovement() }
    @Test("reductions over all axes") func reductions() throws { try suite.checkReductions() }
    @Test("products in all arrangements") func products() throws { try suite.checkProducts() }
    @Test("element types") func elementTypes() throws { try suite.checkElementTypes() }
    @Test("lookups") func lookups() throws { try suite.checkLookups() }
    @Test("combinations") func combinations() throws { try suite.checkCombinations() }
    @Test("donated buffers") func donations() throws { try suite.checkDonations() }
    @Test("repeated runs give the same bits") func repeats() throws {
        try suite.checkRepeatability()
    }
    @Test("several steps in one run") func steps() throws { try suite.checkSteps() }
    @Test("what is lacking is refused") func refusals() throws { try suite.checkRefusals() }

    @Test("samples of composites", arguments: CompositeCatalog.all.map(NamedComposite.init))
    func composites(_ composite: NamedComposite) throws { try suite.check(composite.type) }
}
