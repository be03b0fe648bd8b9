import Engines
import Programs
import Tensors

/// A program of several steps.
final class XLAStepExecutable: StepExecutable {
    private let program: Program
    private let compiled: XLAProgram
    private let transfer: StepTransfer

    init(_ program: Program, _ compiled: XLAProgram, _ transfer: StepTransfer) {
        self.program = program
        self.compiled = compiled
        self.transfer = transfer
    }

    var limit: Int { transfer.limit }
    var reported: [String] { transfer.reported }
    var kernels: [KernelCount] { compiled.kernels }

    func run(_ operands: [any Buffer], feeding steps: [[Tensor]]) throws -> [[Tensor]] {
        try program.checkFeeds(steps, fed: transfer.fed, limit: limit)
        let buffers = try program.placed(operands, fed: transfer.fed)
        let feeds = try transfer.feeds([steps]).map { try compiled.client.upload($0) }
        let results = try compiled.executable.run(try compiled.operands(buffers) + feeds)
        compiled.takeOver(results, buffers)
        return try transfer.rows(results, compiled.module, counts: [steps.count])[0]
    }
}

/// A program of several lanes, each of several steps, spread over devices.
final class XLALaneExecutable: LaneExecutable {
    let lanes: Int
    private let program: Program
    private let compiled: XLAProgram
    private let transfer: StepTransfer
    /// For each device its places.
    private let shares: [Range<Int>]

    /// Takes a program whose text has as many places as the largest share.
    init(
        _ program: Program, _ compiled: XLAProgram, _ transfer: StepTransfer, shares: [Range<Int>]
    ) {
        self.program = program
        self.compiled = compiled
        self.transfer = transfer
        self.shares = shares
        lanes = shares.last?.upperBound ?? 0
    }

    /// The places of each device, as equal as may be, the larger shares first.
    static func shares(_ lanes: Int, devices: Int) -> [Range<Int>] {
        let devices = min(devices, lanes)
        var start = 0
        return (0..<devices).map { device in
            let count = lanes / devices + (device < lanes % devices ? 1 : 0)
            defer { start += count }
            return start..<start + count
        }
    }

    var limit: Int { transfer.limit }
    var reported: [String] { transfer.reported }
    var kernels: [KernelCount] { compiled.kernels }

    func run(_ lanes: [LaneSteps?]) throws -> [[[Tensor]]] {
        try check(lanes)
        for lane in lanes {
            guard let lane else { continue }
            try program.checkFeeds(lane.steps, fed: transfer.fed, limit: limit)
        }
        // A share that is smaller than the largest has a free place at its end.
        let shares = shares.map { range in
            lanes[range] + [LaneSteps?](repeating: nil, count: self.shares[0].count - range.count)
        }
        let buffers = try shares.map { share in
            try share.map { lane in
                try lane.map { try program.placed($0.operands, fed: transfer.fed) }
            }
        }
        let operands = try zip(shares, buffers).enumerated().map { device, pair in
            let steps = pair.0.map { $0?.steps ?? [] }
            let last = steps.lastIndex { !$0.isEmpty } ?? -1
            let feeds =
                transfer.feeds(steps) + [Tensor(integers: [Int32(last + 1)], shape: .scalar)]
            return try compiled.operands(ofLanes: pair.1, on: device)
                + feeds.map { try compiled.client.upload($0, to: device) }
        }
        let results = try compiled.executable.run(operands)
        var rows: [[[Tensor]]] = []
        for (device, share) in shares.enumerated() {
            compiled.takeOver(results[device], ofLanes: buffers[device])
            rows += try transfer.rows(
                results[device], compiled.module, counts: share.map { $0?.steps.count ?? 0 }
            ).prefix(self.shares[device].count)
        }
        return rows
    }
}

/// What goes to a program of steps ahead, and what comes back at the end.
struct StepTransfer {
    /// The places of the inputs that are fed.
    let fed: [Int]
    /// The largest number of steps.
    let limit: Int
    /// The names of the outputs that come back.
    let reported: [String]
    private let program: Program
    /// The axis of lanes; nil for none.
    private let lanes: Int?
    /// For each output that comes back its place among them.
    private var places: [Int: Int] = [:]

    init(_ program: Program, donated: [Int?], _ steps: StableHLOModule.Steps) {
        self.program = program
        (fed, limit, lanes) = (steps.fed, steps.limit, steps.lanes)
        let free = program.outputs.indices.filter { donated[$0] == nil }
        reported = free.map { program.outputs[$0].name }
        for (place, index) in free.enumerated() { places[index] = place }
    }

    /// A type of each lane.
    private func laned(_ type: ValueType) -> ValueType { lanes.map(type.stacked) ?? type }

    /// The arguments for what is fed, with zeros for steps that are not taken, and for the numbers of steps.
    ///
    /// - Parameter lanes: For each lane, one where there is no axis, its steps.
    /// - Returns: Tensors in the order of the module's arguments.
    func feeds(_ lanes: [[[Tensor]]]) -> [Tensor] {
        let feeds = fed.indices.map { place in
            let type = program.types[program.inputs[fed[place]].value].stacked(limit)
            let size = type.shape.count * type.elementType.byteCount
            var bytes: [UInt8] = []
            bytes.reserveCapacity(size * lanes.count)
            for (lane, steps) in lanes.enumerated() {
                for step in steps { bytes += step[place].bytes }
                bytes += [UInt8](repeating: 0, count: (lane + 1) * size - bytes.count)
            }
            return Tensor(bytes: bytes, shape: laned(type).shape, elementType: type.elementType)
        }
        let counts = lanes.map { Int32($0.count) }
        let shape = laned(ValueType(.i32, .scalar)).shape
        return feeds + [Tensor(integers: counts, shape: shape)]
    }

    /// What came back.
    ///
    /// - Parameters:
    ///   - results: The module's results.
    ///   - module: The module.
    ///   - counts: For each lane, one where there is no axis, how many steps it took.
    /// - Returns: For each lane and step the tensors of ``reported``.
    /// - Throws: What downloads throw.
    func rows(
        _ results: [DeviceBuffer], _ module: StableHLOModule, counts: [Int]
    ) throws -> [[[Tensor]]] {
        let empty = [Tensor](repeating: .zeros(.scalar), count: reported.count)
        var rows = counts.map { [[Tensor]](repeating: empty, count: $0) }
        for (result, handle) in zip(module.results, results) {
            let indices: [Int]
            switch result {
            case .argument: continue
            case .output(let index): indices = [index]
            case .scalars(let all): indices = all
            }
            let type = program.types[program.outputs[indices[0]].value]
            var step = type
            if case .scalars = result { step = ValueType(.f32, [indices.count]) }
            let bytes = try handle.download(laned(step.stacked(limit))).bytes
            let size = type.shape.count * type.elementType.byteCount
            for (lane, count) in counts.enumerated() {
                for row in 0..<count {
                    for (column, index) in indices.enumerated() {
                        guard let place = places[index] else { continue }
                        let start = ((lane * limit + row) * indices.count + column) * size
                        rows[lane][row][place] = Tensor(
                            bytes: Array(bytes[start..<start + size]), shape: type.shape,
                            elementType: type.elementType)
                    }
                }
            }
        }
        return rows
    }
}
