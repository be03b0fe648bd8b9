extension Event {
    /// Decodes the payload of a record.
    ///
    /// Ballast's own reader of `event.proto`: field by field, since a log has a record for each number.
    init(serialized bytes: RawSpan) throws(ProtobufWire.Malformed) {
        self.init(step: 0, wallTime: 0, content: .other)
        var rest = 0..<bytes.byteCount
        while let field = try ProtobufWire.next(bytes, &rest) {
            switch (field.number, field.value) {
            case (1, .word64(let bits)): wallTime = Double(bitPattern: bits)
            case (2, .varint(let count)): step = Int(truncatingIfNeeded: count)
            case (3, .bytes(let range)):
                content = .fileVersion(ProtobufWire.text(bytes, range))
            case (5, .bytes(let range)): content = try Self.summary(bytes, range)
            case (7, .bytes(let range)):
                content = try Self.startsSession(bytes, range) ? .sessionStart : .other
            default: break
            }
        }
    }

    /// Numbers, or the hyperparameters of a session.
    private static func summary(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) -> Content {
        var scalars: [Scalar] = []
        var hyperparameters: [Hyperparameter] = []
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            guard field.number == 1, case .bytes(let value) = field.value else { continue }
            if let scalar = try Self.scalar(bytes, value, &hyperparameters) {
                scalars.append(scalar)
            }
        }
        return scalars.isEmpty && !hyperparameters.isEmpty
            ? .hyperparameters(hyperparameters) : .scalars(scalars)
    }

    private static func scalar(
        _ bytes: RawSpan, _ range: Range<Int>, _ hyperparameters: inout [Hyperparameter]
    ) throws(ProtobufWire.Malformed) -> Scalar? {
        var tag: Range<Int>?
        var number: Float?
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            switch (field.number, field.value) {
            case (1, .bytes(let text)): tag = text
            case (2, .word32(let bits)): number = Float(bitPattern: bits)
            case (8, .bytes(let tensor)): number = try EventTensor(bytes, tensor).scalar
            case (9, .bytes(let metadata)):
                hyperparameters += try Hyperparameter.all(bytes, metadata)
            default: break
            }
        }
        guard let number else { return nil }
        return Scalar(tag: tag.map { ProtobufWire.text(bytes, $0) } ?? "", value: number)
    }

    private static func startsSession(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) -> Bool {
        var status: UInt64 = 0
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            if case (1, .varint(let value)) = (field.number, field.value) { status = value }
        }
        return status == 1
    }
}

/// A tensor of a summary, of which a single number is read.
private struct EventTensor {
    private var type: UInt64 = 0
    private var content: [UInt8] = []
    private var hasOneElement = true
    /// The first of the numbers that stand in a list.
    private var first: Float?

    init(_ bytes: RawSpan, _ range: Range<Int>) throws(ProtobufWire.Malformed) {
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            switch (field.number, field.value) {
            case (1, .varint(let value)): type = value
            case (2, .bytes(let shape)): try readShape(bytes, shape)
            case (4, .bytes(let stored)) where stored.count <= 8:
                let span = bytes.extracting(stored)
                content = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
            // Numbers one by one, as proto2 has them, or packed.
            case (5, .word32(let bits)): first = first ?? Float(bitPattern: bits)
            case (6, .word64(let bits)): first = first ?? Float(Double(bitPattern: bits))
            case (7, .varint(let value)): first = first ?? Float(Int32(truncatingIfNeeded: value))
            case (10, .varint(let value)): first = first ?? Float(Int64(bitPattern: value))
            case (5, .bytes(let packed)), (6, .bytes(let packed)), (7, .bytes(let packed)),
                (10, .bytes(let packed)):
                first = first ?? Self.first(bytes, packed, field.number)
            default: break
            }
        }
    }

    private mutating func readShape(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(ProtobufWire.Malformed) {
        var rest = range
        while let field = try ProtobufWire.next(bytes, &rest) {
            guard case (2, .bytes(let dimension)) = (field.number, field.value) else { continue }
            var size: UInt64 = 0
            var inner = dimension
            while let field = try ProtobufWire.next(bytes, &inner) {
                if case (1, .varint(let value)) = (field.number, field.value) { size = value }
            }
            if size != 1 { hasOneElement = false }
        }
    }

    private static func first(_ bytes: RawSpan, _ range: Range<Int>, _ number: Int) -> Float? {
        let span = bytes.extracting(range)
        switch number {
        case 5 where range.count >= 4:
            let bits = unsafe span.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
            return Float(bitPattern: UInt32(littleEndian: bits))
        case 6 where range.count >= 8:
            let bits = unsafe span.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
            return Float(Double(bitPattern: UInt64(littleEndian: bits)))
        case 7, 10:
            var value: UInt64 = 0
            for index in 0..<min(range.count, 10) {
                let byte = unsafe span.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                value |= UInt64(byte & 0x7f) << UInt64(7 * index)
                if byte < 0x80 {
                    return number == 7
                        ? Float(Int32(truncatingIfNeeded: value)) : Float(Int64(bitPattern: value))
                }
            }
            return nil
        default: return nil
        }
    }

    /// The only element of a numeric tensor.
    var scalar: Float? {
        guard hasOneElement else { return nil }
        func stored<Bits: FixedWidthInteger>(_ type: Bits.Type) -> Bits? {
            guard content.count == Bits.bitWidth / 8 else { return nil }
            return content.reversed().reduce(0) { $0 << 8 | Bits(truncatingIfNeeded: $1) }
        }
        switch type {
        case 1: return first ?? stored(UInt32.self).map(Float.init(bitPattern:))
        case 2: return first ?? stored(UInt64.self).map { Float(Double(bitPattern: $0)) }
        case 3: return first ?? stored(Int32.self).map { Float($0) }
        case 9: return first ?? stored(Int64.self).map { Float($0) }
        default: return nil
        }
    }
}
