import Tensors
import Testing

@Suite("tensors")
struct TensorTests {
    static let specials: [Float] = [
        0, -0.0, 1, .pi, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude,
        .greatestFiniteMagnitude,
    ]

    @Test("floats come back bit for bit")
    func floats() {
        let tensor = Tensor(Self.specials, shape: [2, 5])
        #expect(tensor.floats.map(\.bitPattern) == Self.specials.map(\.bitPattern))
        #expect(tensor.bytes.count == 40)
        #expect(tensor.doubles.map { Float($0).bitPattern } == Self.specials.map(\.bitPattern))
    }

    @Test("bytes are little-endian")
    func bytes() {
        #expect(Tensor(integers: [0x0102_0304], shape: [1]).bytes == [4, 3, 2, 1])
        #expect(Tensor(scalar: 1).bytes == [0, 0, 0x80, 0x3f])
    }

    @Test("tensors with other bits are other tensors")
    func equality() {
        #expect(Tensor(scalar: 0) != Tensor(scalar: -0.0))
        #expect(Tensor(scalar: .nan) == Tensor(scalar: .nan))
        #expect(Tensor([1], shape: [1]) != Tensor([1], shape: []))
    }

    @Test("doubles round to every element type and come back", arguments: ElementType.allCases)
    func rounding(elementType: ElementType) {
        let tensor = Tensor(rounding: [0, 1, 1, 0], shape: [2, 2], elementType: elementType)
        #expect(tensor.elementType == elementType)
        #expect(tensor.bytes.count == 4 * elementType.byteCount)
        #expect(tensor.doubles == [0, 1, 1, 0])
        #expect(Tensor.zeros([3], elementType).doubles == [0, 0, 0])
    }

    @Test("floats round to nearest, integers towards zero, truth values by zero")
    func roundingRules() {
        let values = [1.75, -1.75, 0x1p-1074]
        #expect(Tensor(rounding: values, shape: [3], elementType: .i32).integers == [1, -1, 0])
        #expect(Tensor(rounding: values, shape: [3], elementType: .bool).doubles == [1, 1, 1])
        #expect(Tensor(rounding: [0.1], shape: [1], elementType: .f32).floats == [0.1])
        #expect(
            Tensor(rounding: [1 + 0x1p-9], shape: [1], elementType: .bf16).doubles == [1],
            "a tie goes to the even neighbour")
    }

    @Test("what does not fit ends the program")
    func preconditions() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [3]) }
        await #expect(processExitsWith: .failure) {
            _ = Tensor(bytes: [1], shape: [1], elementType: .f32)
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor(integers: [1], shape: [1]).floats
        }
    }

    @Test("a description shows the type and the first elements")
    func description() {
        #expect(Tensor([1, 2.5], shape: [2]).description == "f32[2] [1.0, 2.5]")
        #expect(Tensor.zeros([9], .i32).description.hasSuffix("0.0, ...]"))
    }
}
