import Engines
import Programs
import Tensors

/// A tensor of a program: on the host, on the device, or a row of a stack on the device.
final class XLABuffer: Buffer {
    let type: ValueType
    let client: Client
    private var storage: Storage { didSet { copy = nil } }
    /// A row by itself, for programs that do not take the stack.
    private var copy: DeviceBuffer?

    private enum Storage {
        case host(Tensor)
        case device(DeviceBuffer)
        case row(DeviceStack, Int)
    }

    /// A tensor that is on the host so far.
    init(_ tensor: Tensor, _ client: Client) {
        type = ValueType(tensor.elementType, tensor.shape)
        self.client = client
        storage = .host(tensor)
    }

    /// A result.
    init(_ buffer: DeviceBuffer, _ type: ValueType, _ client: Client) {
        self.type = type
        self.client = client
        storage = .device(buffer)
    }

    /// A row of a stack.
    init(_ stack: DeviceStack, row: Int, _ client: Client) {
        type = stack.rowType
        self.client = client
        storage = .row(stack, row)
    }

    func tensor() throws -> Tensor {
        switch storage {
        case .host(let tensor): return tensor
        case .device(let buffer): return try buffer.download(type)
        case .row(let stack, let index): return try stack.tensor(index)
        }
    }

    func write(_ tensor: Tensor) throws {
        guard ValueType(tensor.elementType, tensor.shape) == type else {
            throw EngineError.operands(
                "a buffer of \(type) is given \(tensor.elementType.rawValue)\(tensor.shape)")
        }
        storage = .host(tensor)
    }

    /// The tensor on the device, by itself.
    func onDevice() throws -> DeviceBuffer {
        if case .device(let buffer) = storage { return buffer }
        if let copy { return copy }
        let buffer = try client.upload(try tensor())
        if case .row = storage { copy = buffer } else { storage = .device(buffer) }
        return buffer
    }

    /// What took this buffer over.
    func replace(by buffer: DeviceBuffer) { storage = .device(buffer) }

    /// What took this buffer over, as a row of a stack.
    func replace(by stack: DeviceStack, row: Int) { storage = .row(stack, row) }

    /// Whether the tensor stands among those of other lanes.
    private var isInLanes: Bool {
        if case .row(let stack, _) = storage { stack.isOfLanes } else { false }
    }

    /// Buffers of one type as a stack on the device: the one in which they stand, or a new one.
    ///
    /// - Parameters:
    ///   - buffers: The rows in order; zeros stand for one that is not there.
    ///   - type: The type of the stack.
    ///   - axes: How many axes it has before those of a row.
    ///   - isOfLanes: Whether the rows are of several lanes, in whose stack they then stay.
    ///   - device: The number of the device.
    ///   - client: The client that has it.
    /// - Returns: The stack.
    /// - Throws: What copies throw.
    static func stack(
        _ buffers: [XLABuffer?], as type: ValueType, axes: Int = 1, isOfLanes: Bool = false,
        on device: Int = 0, _ client: Client
    ) throws -> DeviceStack {
        if let known = common(buffers), known.type == type { return known }
        let size = type.shape.count / max(buffers.count, 1) * type.elementType.byteCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size * buffers.count)
        for buffer in buffers {
            bytes += try buffer?.tensor().bytes ?? [UInt8](repeating: 0, count: size)
        }
        let tensor = Tensor(bytes: bytes, shape: type.shape, elementType: type.elementType)
        let stack = DeviceStack(
            try client.upload(tensor, to: device), type, axes: axes, isOfLanes: isOfLanes)
        for (row, buffer) in buffers.enumerated() where isOfLanes || buffer?.isInLanes == false {
            buffer?.replace(by: stack, row: row)
        }
        return stack
    }

    /// The stack of which these are all rows, in order.
    private static func common(_ buffers: [XLABuffer?]) -> DeviceStack? {
        guard let first = buffers.lazy.compactMap(\.self).first,
            case .row(let stack, _) = first.storage, stack.count == buffers.count
        else { return nil }
        for (index, buffer) in buffers.enumerated() {
            guard let buffer else { continue }
            guard case .row(let other, index) = buffer.storage, other === stack else {
                return nil
            }
        }
        return stack
    }
}

/// Tensors of one type on the device, along a first axis, or along two.
final class DeviceStack {
    let buffer: DeviceBuffer
    let type: ValueType
    /// Whether rows are of several lanes.
    let isOfLanes: Bool
    /// The number of axes before those of a row.
    private let axes: Int
    private var host: Tensor?

    init(_ buffer: DeviceBuffer, _ type: ValueType, axes: Int = 1, isOfLanes: Bool = false) {
        self.buffer = buffer
        self.type = type
        self.axes = axes
        self.isOfLanes = isOfLanes
    }

    /// The number of rows.
    var count: Int { type.shape.dimensions.prefix(axes).reduce(1, *) }

    /// The type of a row.
    var rowType: ValueType {
        ValueType(type.elementType, Shape(Array(type.shape.dimensions.dropFirst(axes))))
    }

    /// A row; the stack is downloaded once for all rows.
    func tensor(_ row: Int) throws -> Tensor {
        let all =
            try host
            ?? Tensor(
                bytes: buffer.download(type).bytes,
                shape: rowType.stacked(count).shape, elementType: type.elementType)
        host = all
        return all.row(row)
    }
}

extension Tensor {
    /// The tensor at a place of the first axis.
    func row(_ index: Int) -> Tensor {
        let shape = Shape(Array(self.shape.dimensions.dropFirst()))
        let size = shape.count * elementType.byteCount
        return Tensor(
            bytes: Array(bytes[index * size..<(index + 1) * size]), shape: shape,
            elementType: elementType)
    }
}
