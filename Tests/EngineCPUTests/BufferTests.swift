import EngineCPU
import Engines
import Tensors
import Testing

/// Buffers from those with memory of their own to those that share pages, and past a block of these.
@Suite("buffers side by side")
struct BufferTests {
    private func tensors() -> [Tensor] {
        (0..<60).map { index in
            let count = [3, 20_000, 131_072, 400_000, 600_000][index % 5] + index
            return Tensor([Float](repeating: Float(index), count: count), shape: [count])
        }
    }

    @Test("each keeps its own numbers") func separate() throws {
        let engine = try makeEngine()
        let tensors = tensors()
        let buffers = try tensors.map(engine.buffer)
        let read = try buffers.map { try $0.tensor() }
        #expect(read == tensors)
        withKnownIssue { #expect(read == tensors.reversed()) }
    }

    @Test("memory that one gave back does not reach another") func lifetimes() throws {
        let engine = try makeEngine()
        let tensors = tensors()
        var buffers: [(any Buffer)?] = try tensors.map(engine.buffer)
        for index in stride(from: 0, to: 60, by: 2) { buffers[index] = nil }
        let later = try tensors.map { try engine.buffer(.zeros($0.shape)) }
        for index in stride(from: 1, to: 60, by: 2) {
            let read = try buffers[index]?.tensor()
            #expect(read == tensors[index], "buffer \(index)")
        }
        let read = try later.map { try $0.tensor() }
        #expect(read == tensors.map { .zeros($0.shape) })
    }
}
