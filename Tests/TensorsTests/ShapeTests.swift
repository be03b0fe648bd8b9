import Tensors
import Testing

@Suite("shapes")
struct ShapeTests {
    @Test("a scalar has one element")
    func scalar() {
        #expect(Shape.scalar.rank == 0)
        #expect(Shape.scalar.count == 1)
        #expect(Shape.scalar.strides.isEmpty)
    }

    @Test("strides are row-major")
    func strides() {
        let shape: Shape = [2, 3, 4]
        #expect(shape.count == 24)
        #expect(shape.strides == [12, 4, 1])
        #expect(shape[1] == 3)
        #expect(shape.description == "[2,3,4]")
    }

    @Test("an extent of zero leaves nothing")
    func empty() { #expect(Shape([3, 0, 2]).count == 0) }

    @Test("extents that cannot be counted have no shape")
    func impossible() {
        #expect(Shape(checking: [3, -1]) == nil)
        #expect(Shape(checking: [.max, 2]) == nil)
        #expect(Shape(checking: [.max, 2, 0]) == nil)
        #expect(Shape(checking: [.max, 1])?.count == .max)
        #expect(Shape(checking: [3, 0]) == [3, 0])
        #expect(Shape(checking: []) == .scalar)
    }

    @Test("a negative extent ends the program")
    func negative() async {
        await #expect(processExitsWith: .failure) { _ = Shape([2, -1]) }
    }
}
