import Conformance
import EngineXLA
import Programs
import Tensors
import Testing

@Suite("the XLA engine against the reference engine", .enabled(if: pluginPath != nil, noPlugin))
struct ConformanceTests {
    /// XLA sets the processor to flush subnormal numbers to zero, and approximates two functions more
    /// coarsely than our kernels do: 4.4 and 1.7 ulp are the largest errors over one float in 61
    /// between 2^-8 and 64 on its CPU.
    let suite: EngineConformance

    init() throws {
        suite = EngineConformance(
            try makeEngine(), elementTypes: Set(ElementType.allCases), flushesSubnormals: true,
            statedBounds: [.tanh: 5, .reciprocalSquareRoot: 2])
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
    @Test("what is lacking is refused") func refusals() throws { try suite.checkRefusals() }

    @Test("samples of composites", arguments: CompositeCatalog.all.map(NamedComposite.init))
    func composites(_ composite: NamedComposite) throws { try suite.check(composite.type) }
}
