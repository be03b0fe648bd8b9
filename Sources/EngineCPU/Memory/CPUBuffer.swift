import Engines
import Foundation
import Programs
import Tensors

/// A tensor in aligned memory.
///
/// Truth values are floats there, 0 or 1, and so are numbers of type `bf16`.
final class CPUBuffer: Buffer {
    let type: ValueType
    let memory: AlignedMemory

    init(_ type: ValueType, in pages: SharedPages) throws {
        guard CPUEngine.elementTypes.contains(type.elementType) else {
            throw EngineError.unsupported(
                engine: "cpu",
                "it has no kernels for \(type.elementType.rawValue); use f32 or bf16")
        }
        self.type = type
        memory = try pages.memory(byteCount: 4 * type.shape.count)
    }

    func tensor() -> Tensor {
        let count = type.shape.count
        if type.elementType == .bool {
            let floats = unsafe UnsafeBufferPointer(
                start: memory.address.assumingMemoryBound(to: Float.self), count: count)
            return Tensor(
                bytes: unsafe floats.map { $0 == 0 ? 0 : 1 }, shape: type.shape,
                elementType: .bool)
        }
        if type.elementType == .bf16 {
            let floats = unsafe UnsafeBufferPointer(
                start: memory.address.assumingMemoryBound(to: Float.self), count: count)
            return Tensor(
                rounding: unsafe floats.map(Double.init), shape: type.shape, elementType: .bf16)
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: memory.address, count: 4 * count)
        return Tensor(
            bytes: unsafe [UInt8](bytes), shape: type.shape, elementType: type.elementType)
    }

    func write(_ tensor: Tensor) throws {
        guard ValueType(tensor.elementType, tensor.shape) == type else {
            throw EngineError.operands(
                "a buffer of \(type) is given \(tensor.elementType.rawValue)\(tensor.shape)")
        }
        if type.elementType == .bool {
            copy(tensor.bytes.map { $0 == 0 ? Float(0) : 1 })
        } else if type.elementType == .bf16 {
            copy(tensor.doubles.map { Float($0) })
        } else {
            copy(tensor.bytes)
        }
    }

    private func copy<Element: BitwiseCopyable>(_ elements: [Element]) {
        unsafe elements.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            unsafe memory.address.copyMemory(from: base, byteCount: source.count)
        }
    }
}
