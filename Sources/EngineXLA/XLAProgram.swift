import Engines
import Foundation
import Programs
import Tensors

/// A compiled module, and how inputs and outputs of the program stand in it.
struct XLAProgram {
    let module: StableHLOModule
    let client: Client
    let executable: LoadedExecutable
    private let program: Program

    /// Compiles a module.
    ///
    /// - Throws: ``EngineError``; a text that XLA rejects is saved and named.
    init(_ module: StableHLOModule, _ program: Program, client: Client) throws {
        self.module = module
        self.program = program
        self.client = client
        do {
            executable = try client.compile(
                module.text, overrides: Self.overrides[client.platform] ?? [:],
                resultCount: module.results.count)
        } catch EngineError.failed(_, let reason) {
            throw Self.rejection(reason, module, program)
        } catch EngineError.unsupported(_, let reason) {
            throw Self.rejection(reason, module, program)
        }
    }

    /// The error for a text that XLA does not take, which is saved.
    private static func rejection(
        _ reason: String, _ module: StableHLOModule, _ program: Program
    ) -> EngineError {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "ballast-rejected-\(ProcessInfo.processInfo.processIdentifier)\(program.symbol).mlir")
        do {
            try Data(module.text.utf8).write(to: file)
        } catch {
            return .unsupported(
                engine: "xla", "\(reason)\nThe program's text could not be saved: \(error)")
        }
        return .unsupported(
            engine: "xla",
            "\(reason)\nThe program's text is saved in \(file.path); please report it.")
    }

    /// XLA's own options by platform.
    private static let overrides = [
        // Maxima would lose nans.
        "cpu": ["xla_cpu_enable_fast_min_max": false],
        // Sums by atomic additions, and kernels chosen by timing them, would change bits from run to
        // run.
        "cuda": ["xla_gpu_deterministic_ops": true], "rocm": ["xla_gpu_deterministic_ops": true],
    ]

    /// What runs the program.
    var kernels: [KernelCount] {
        [KernelCount(operation: program.name, kernel: "XLA \(client.platform)", count: 1)]
    }

    /// The operands of inputs and stacks of inputs.
    ///
    /// - Parameter buffers: For each input its buffer; nil for those that are fed.
    /// - Returns: For each argument that is not fed its buffer.
    /// - Throws: ``EngineError`` when a buffer is not of this engine, or an upload fails.
    func operands(_ buffers: [(any Buffer)?]) throws -> [DeviceBuffer] {
        func buffer(_ index: Int) throws -> XLABuffer {
            guard let buffer = buffers[index] as? XLABuffer, buffer.client === client else {
                throw EngineError.operands(
                    "input \(program.inputs[index].name) belongs to another engine")
            }
            return buffer
        }
        return try module.arguments.compactMap { argument in
            switch argument {
            case .input(let index): try buffer(index).onDevice()
            case .stack(let group): try XLABuffer.stack(try group.map(buffer), client).buffer
            case .fed, .count: nil
            }
        }
    }

    /// Puts what took arguments over into the buffers of the inputs.
    func takeOver(_ results: [DeviceBuffer], _ buffers: [(any Buffer)?]) {
        for (result, handle) in zip(module.results, results) {
            guard case .argument(let place) = result else { continue }
            switch module.arguments[place] {
            case .input(let index): (buffers[index] as? XLABuffer)?.replace(by: handle)
            case .stack(let group):
                let type = program.types[program.inputs[group[0]].value].stacked(group.count)
                let stack = DeviceStack(handle, type)
                for (row, index) in group.enumerated() {
                    (buffers[index] as? XLABuffer)?.replace(by: stack, row: row)
                }
            case .fed, .count: break
            }
        }
    }
}

/// A program of one step.
final class XLAExecutable: Executable {
    let program: Program
    private let compiled: XLAProgram
    private let donated: [Int?]

    init(_ program: Program, _ compiled: XLAProgram, donated: [Int?]) {
        self.program = program
        self.compiled = compiled
        self.donated = donated
    }

    var kernels: [KernelCount] { compiled.kernels }

    func run(_ operands: [any Buffer]) throws -> [any Buffer] {
        try program.checkOperands(operands)
        let results = try compiled.executable.run(try compiled.operands(operands))
        compiled.takeOver(results, operands)
        var outputs = donated.map { input in input.map { operands[$0] } }
        for (result, handle) in zip(compiled.module.results, results) {
            switch result {
            case .argument: break
            case .output(let index):
                let type = program.types[program.outputs[index].value]
                outputs[index] = XLABuffer(handle, type, compiled.client)
            case .scalars(let indices):
                let stack = DeviceStack(handle, ValueType(.f32, [indices.count]))
                for (row, index) in indices.enumerated() {
                    outputs[index] = XLABuffer(stack, row: row, compiled.client)
                }
            }
        }
        return outputs.compactMap { $0 }
    }
}

/// A program of several steps.
final class XLAStepExecutable: StepExecutable {
    let limit: Int
    let reported: [String]
    private let program: Program
    private let compiled: XLAProgram
    private let fed: [Int]
    /// For each output that comes back its place among them.
    private var places: [Int: Int] = [:]

    init(
        _ program: Program, _ compiled: XLAProgram, donated: [Int?], fed: [Int], limit: Int
    ) {
        self.program = program
        self.compiled = compiled
        self.fed = fed
        self.limit = limit
        let free = program.outputs.indices.filter { donated[$0] == nil }
        reported = free.map { program.outputs[$0].name }
        for (place, index) in free.enumerated() { places[index] = place }
    }

    var kernels: [KernelCount] { compiled.kernels }

    func run(_ operands: [any Buffer], feeding steps: [[Tensor]]) throws -> [[Tensor]] {
        try program.checkFeeds(steps, fed: fed, limit: limit)
        let buffers = try program.placed(operands, fed: fed)
        let client = compiled.client
        let feeds = try fed.indices.map { place in
            try client.upload(feed(place, steps))
        }
        let count = try client.upload(Tensor(integers: [Int32(steps.count)], shape: .scalar))
        let results = try compiled.executable.run(
            try compiled.operands(buffers) + feeds + [count])
        compiled.takeOver(results, buffers)
        return try rows(results, count: steps.count)
    }

    /// What all steps are fed for one input, with zeros for those that are not taken.
    private func feed(_ place: Int, _ steps: [[Tensor]]) -> Tensor {
        let type = program.types[program.inputs[fed[place]].value].stacked(limit)
        var bytes = steps.flatMap { $0[place].bytes }
        let size = type.shape.count * type.elementType.byteCount
        bytes += [UInt8](repeating: 0, count: size - bytes.count)
        return Tensor(bytes: bytes, shape: type.shape, elementType: type.elementType)
    }

    private func rows(_ results: [DeviceBuffer], count: Int) throws -> [[Tensor]] {
        let empty = Tensor.zeros(.scalar)
        var rows = [[Tensor]](
            repeating: [Tensor](repeating: empty, count: reported.count), count: count)
        for (result, handle) in zip(compiled.module.results, results) {
            switch result {
            case .argument: break
            case .output(let index):
                guard let place = places[index] else { continue }
                let type = program.types[program.outputs[index].value].stacked(limit)
                let all = try handle.download(type)
                for step in 0..<count { rows[step][place] = all.row(step) }
            case .scalars(let indices):
                let all = try handle.download(ValueType(.f32, [limit, indices.count])).floats
                for step in 0..<count {
                    for (column, index) in indices.enumerated() {
                        guard let place = places[index] else { continue }
                        rows[step][place] = Tensor(scalar: all[step * indices.count + column])
                    }
                }
            }
        }
        return rows
    }
}
