import CMalloc
import EngineCPU
import Engines
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

/// Bytes that the process has from the C library's allocator, mappings of their own included.
private func held() -> Int {
    let info = mallinfo2()
    return Int(info.uordblks) + Int(info.hblkhd)
}

/// How many bytes more are held after a hundred steps, each of which also keeps some.
private func growth(_ elementType: ElementType, keeping bytes: Int = 0) throws -> Int {
    var configuration = RunConfiguration()
    configuration.model.width = 32
    configuration.model.depth = 1
    configuration.model.context = 32
    configuration.model.elementType = elementType
    configuration.data.batch = 4
    let program = try TrainingProgram(configuration)
    let executable = try makeEngine(threads: 2).compile(
        program.program, donations: program.donations)
    let start = program.start(seed: 0)
    let operands = try program.program.inputs.map { input in
        let type = program.program.types[input.value]
        return try makeEngine().buffer(start[input.name] ?? .zeros(type.shape, type.elementType))
    }
    for _ in 0..<3 { _ = try executable.run(operands) }
    let before = held()
    var kept: [UnsafeMutableRawPointer?] = []
    kept.reserveCapacity(100)
    for _ in 0..<100 {
        _ = try executable.run(operands)
        if bytes > 0 { kept.append(malloc(bytes)) }
    }
    let after = held()
    for block in kept { free(block) }
    return after - before
}

/// A process of its own each: other tests allocate.
@Suite("memory of steps")
struct AllocationTests {
    @Test("a hundred steps hold no more memory than before") func steps() async {
        await #expect(processExitsWith: .success) {
            for elementType in [ElementType.f32, .bf16] {
                let more = try growth(elementType)
                if more > 1024 { fatalError("\(more) bytes more after 100 steps") }
            }
        }
    }

    @Test("ten kilobytes a step are seen") func negativeControl() async {
        await #expect(processExitsWith: .failure) {
            if try growth(.f32, keeping: 10_000) > 1024 { exit(1) }
        }
    }
}
