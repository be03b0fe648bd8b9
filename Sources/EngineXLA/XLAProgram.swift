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
    /// - Parameters:
    ///   - module: The text.
    ///   - program: What it is of.
    ///   - client: What compiles.
    ///   - devices: How many devices run it side by side.
    /// - Throws: ``EngineError``; a text that XLA rejects is saved and named.
    init(
        _ module: StableHLOModule, _ program: Program, client: Client, devices: Int = 1
    ) throws {
        self.module = module
        self.program = program
        self.client = client
        do {
            executable = try client.compile(
                module.text, overrides: Self.overrides[client.platform] ?? [:],
                resultCount: module.results.count, replicas: devices)
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
        try module.arguments.compactMap { argument in
            switch argument {
            case .input(let index): try own(index, buffers).onDevice()
            case .stack(let group):
                try XLABuffer.stack(
                    try group.map { try own($0, buffers) },
                    as: type(group[0]).stacked(group.count), client
                ).buffer
            case .fed, .count, .lanes: nil
            }
        }
    }

    /// The operands of inputs and stacks of inputs of the lanes of a device.
    ///
    /// - Parameters:
    ///   - lanes: For each place the buffers of its lane, as ``operands(_:)`` takes them; nil for a free one.
    ///   - device: The number of the device.
    /// - Returns: For each argument that is not fed its buffer.
    /// - Throws: As ``operands(_:)``.
    func operands(
        ofLanes lanes: [[(any Buffer)?]?], on device: Int
    ) throws -> [DeviceBuffer] {
        try module.arguments.compactMap { argument in
            guard let group = argument.inputs else { return nil }
            let rows = try lanes.flatMap { buffers -> [XLABuffer?] in
                guard let buffers else { return group.map { _ in nil } }
                return try group.map { try own($0, buffers) }
            }
            return try XLABuffer.stack(
                rows, as: laneType(argument, lanes.count), axes: argument.laneAxes,
                isOfLanes: true, on: device, client
            ).buffer
        }
    }

    /// The buffer of an input.
    private func own(_ index: Int, _ buffers: [(any Buffer)?]) throws -> XLABuffer {
        guard let buffer = buffers[index] as? XLABuffer, buffer.client === client else {
            throw EngineError.operands(
                "input \(program.inputs[index].name) belongs to another engine")
        }
        return buffer
    }

    private func type(_ input: Int) -> ValueType { program.types[program.inputs[input].value] }

    /// The type of an argument that is not fed, with its axis of lanes.
    private func laneType(_ argument: StableHLOModule.Argument, _ lanes: Int) -> ValueType {
        switch argument {
        case .stack(let group): type(group[0]).stacked(group.count).stacked(lanes)
        case .input(let index), .fed(let index): type(index).stacked(lanes)
        case .count, .lanes: preconditionFailure("\(argument) has no buffers")
        }
    }

    /// Puts what took arguments over into the buffers of the inputs.
    func takeOver(_ results: [DeviceBuffer], _ buffers: [(any Buffer)?]) {
        for (result, handle) in zip(module.results, results) {
            guard case .argument(let place) = result else { continue }
            switch module.arguments[place] {
            case .input(let index): (buffers[index] as? XLABuffer)?.replace(by: handle)
            case .stack(let group):
                let stack = DeviceStack(handle, type(group[0]).stacked(group.count))
                for (row, index) in group.enumerated() {
                    (buffers[index] as? XLABuffer)?.replace(by: stack, row: row)
                }
            case .fed, .count, .lanes: break
            }
        }
    }

    /// Puts what took arguments over into the buffers of the lanes of a device.
    func takeOver(_ results: [DeviceBuffer], ofLanes lanes: [[(any Buffer)?]?]) {
        for (result, handle) in zip(module.results, results) {
            guard case .argument(let place) = result else { continue }
            let argument = module.arguments[place]
            guard let group = argument.inputs else { continue }
            let stack = DeviceStack(
                handle, laneType(argument, lanes.count), axes: argument.laneAxes, isOfLanes: true)
            for (lane, buffers) in lanes.enumerated() {
                guard let buffers else { continue }
                for (row, index) in group.enumerated() {
                    (buffers[index] as? XLABuffer)?.replace(
                        by: stack, row: lane * group.count + row)
                }
            }
        }
    }
}

extension StableHLOModule.Argument {
    /// The inputs that stand in it, unless it is fed or a count.
    fileprivate var inputs: [Int]? {
        switch self {
        case .input(let index): [index]
        case .stack(let group): group
        case .fed, .count, .lanes: nil
        }
    }

    /// The axes before those of an input, where there are lanes.
    fileprivate var laneAxes: Int { if case .stack = self { 2 } else { 1 } }
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
