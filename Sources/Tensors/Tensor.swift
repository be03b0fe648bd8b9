/// An array of numbers with a shape, in host memory.
///
/// Elements are row-major and little-endian, as in a safetensors file. Engines take tensors in and
/// hand tensors out; what they compute with in between is theirs.
public struct Tensor: Sendable, Hashable {
    /// The extents.
    public let shape: Shape
    /// The kind of number.
    public let elementType: ElementType
    /// The elements as stored: `shape.count * elementType.byteCount` bytes.
    public private(set) var bytes: [UInt8]

    /// Creates a tensor from stored bytes.
    ///
    /// - Precondition: `bytes.count == shape.count * elementType.byteCount`.
    public init(bytes: [UInt8], shape: Shape, elementType: ElementType) {
        precondition(
            bytes.count == shape.count * elementType.byteCount,
            "Tensor: \(bytes.count) bytes for \(elementType.rawValue)\(shape)")
        self.bytes = bytes
        self.shape = shape
        self.elementType = elementType
    }

    /// Creates an `f32` tensor.
    ///
    /// - Precondition: `values.count == shape.count`.
    public init(_ values: [Float], shape: Shape) {
        self.init(elements: values, shape: shape, elementType: .f32)
    }

    /// Creates an `f64` tensor.
    ///
    /// - Precondition: `values.count == shape.count`.
    public init(doubles values: [Double], shape: Shape) {
        self.init(elements: values, shape: shape, elementType: .f64)
    }

    /// Creates an `i32` tensor.
    ///
    /// - Precondition: `values.count == shape.count`.
    public init(integers values: [Int32], shape: Shape) {
        self.init(elements: values, shape: shape, elementType: .i32)
    }

    /// Creates an `f32` scalar.
    public init(scalar: Float) { self.init([scalar], shape: .scalar) }

    /// Rounds doubles to a tensor of any element type: floats to nearest, integers towards zero, and
    /// truth values by comparison with zero.
    ///
    /// - Precondition: `values.count == shape.count`; integers fit 32 bits.
    public init(rounding values: [Double], shape: Shape, elementType: ElementType) {
        switch elementType {
        case .f32: self.init(values.map(Float.init), shape: shape)
        case .f64: self.init(doubles: values, shape: shape)
        case .i32: self.init(integers: values.map { Int32($0) }, shape: shape)
        case .bf16:
            let bits = values.map { BFloat16(Float($0)).bitPattern }
            self.init(elements: bits, shape: shape, elementType: .bf16)
        case .bool:
            self.init(
                bytes: values.map { $0 == 0 ? 0 : 1 }, shape: shape, elementType: .bool)
        }
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: Shape, _ elementType: ElementType = .f32) -> Tensor {
        Tensor(
            bytes: [UInt8](repeating: 0, count: shape.count * elementType.byteCount),
            shape: shape, elementType: elementType)
    }

    private init<Element: BitwiseCopyable>(
        elements: [Element], shape: Shape, elementType: ElementType
    ) {
        precondition(
            elements.count == shape.count,
            "Tensor: \(elements.count) elements for shape \(shape)")
        let bytes = unsafe elements.withUnsafeBytes { unsafe [UInt8]($0) }
        self.init(bytes: bytes, shape: shape, elementType: elementType)
    }

    /// The elements of an `f32` tensor.
    ///
    /// - Precondition: ``elementType`` is `f32`.
    public var floats: [Float] { elements(.f32) }

    /// The elements of an `i32` tensor.
    ///
    /// - Precondition: ``elementType`` is `i32`.
    public var integers: [Int32] { elements(.i32) }

    /// The elements as doubles, exactly, whatever their type; truth values are 0 and 1.
    public var doubles: [Double] {
        switch elementType {
        case .f32: (elements(.f32) as [Float]).map(Double.init)
        case .f64: elements(.f64)
        case .i32: (elements(.i32) as [Int32]).map(Double.init)
        case .bf16:
            (elements(.bf16) as [UInt16]).map { Double(BFloat16(bitPattern: $0).float) }
        case .bool: bytes.map { $0 == 0 ? 0 : 1 }
        }
    }

    private func elements<Element: BitwiseCopyable>(_ type: ElementType) -> [Element] {
        precondition(
            type == elementType,
            "Tensor: read as \(type.rawValue), holds \(elementType.rawValue)\(shape)")
        return unsafe bytes.withUnsafeBytes { raw in
            unsafe [Element](unsafeUninitializedCapacity: shape.count) { buffer, count in
                unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
                count = shape.count
            }
        }
    }
}

extension Tensor: CustomStringConvertible {
    /// The type, the shape and the first elements.
    public var description: String {
        let head = doubles.prefix(8).map { "\($0)" }.joined(separator: ", ")
        return "\(elementType.rawValue)\(shape) [\(head)\(shape.count > 8 ? ", ..." : "")]"
    }
}
