import Formats
import Tensors

/// The header of a `.npy` file: type, order and shape.
struct NumPyArray {
    var type: SafetensorsType
    var shape: Shape
    var isFortran: Bool
    /// The bytes before the elements.
    var headerSize: Int

    /// The longest header that is read, in bytes.
    private static let longest = 1 << 15

    /// Reads a header from the first bytes of a file, or of a member of a `.npz`.
    ///
    /// - Parameters:
    ///   - bytes: The start of it.
    ///   - path: The file, for errors.
    ///   - name: The array, for errors.
    /// - Throws: ``FormatError`` for a header that is damaged, or elements that are no numbers.
    init(_ bytes: [UInt8], path: String, name: String) throws(FormatError) {
        func corrupt(_ found: String) -> FormatError {
            ZipFile.corrupt(path, "array '\(name)'", found)
        }
        var reader = ByteReader(bytes)
        guard reader.take(6).map(Array.init) == [0x93] + Array("NUMPY".utf8),
            let major = reader.byte(), reader.byte() != nil
        else { throw corrupt("not a .npy file") }
        guard let length = reader.count(major == 1 ? 2 : 4), length <= Self.longest,
            let text = reader.take(length)
        else { throw corrupt("its header is cut short") }
        headerSize = reader.position
        var parser = Dictionary(text)
        guard let fields = parser.parse() else {
            throw corrupt("a header that is no dictionary of descr, fortran_order and shape")
        }
        guard let type = Self.types[fields.description] else {
            throw .unsupported(
                path: path, place: "array '\(name)'",
                found: "elements of type '\(fields.description)'",
                advice: fields.description.hasPrefix(">")
                    ? "store it with the least byte first: array.astype(array.dtype.newbyteorder('<'))"
                    : "store it as numbers: array.astype('float32')")
        }
        guard let shape = Shape(checking: fields.shape) else {
            throw corrupt("a shape \(fields.shape) that overflows")
        }
        self.type = type
        self.shape = shape
        isFortran = fields.isFortran
    }

    /// Two bytes of no type are how NumPy stores ml_dtypes' bfloat16.
    private static let types: [String: SafetensorsType] = [
        "<f2": .f16, "<f4": .f32, "<f8": .f64, "|b1": .bool, "|i1": .i8, "|u1": .u8, "<i2": .i16,
        "<u2": .u16, "<i4": .i32, "<u4": .u32, "<i8": .i64, "<u8": .u64, "<c8": .c64, "|V2": .bf16,
        "<V2": .bf16,
    ]

    /// A tensor of this array, whose bytes begin at `start` of a source.
    func tensor(_ name: String, source: Int, start: Int, available: Int, path: String)
        throws(FormatError) -> StoredTensor
    {
        let (bits, overflow) = shape.count.multipliedReportingOverflow(by: type.bitCount)
        guard !overflow, bits / 8 == available - headerSize else {
            throw ZipFile.corrupt(
                path, "array '\(name)'",
                "\(available - headerSize) bytes for \(type.rawValue) of shape \(shape.dimensions)")
        }
        var strides: [Int]?
        if isFortran, shape.rank > 1 {
            var next = 1
            strides = shape.dimensions.map { extent in
                defer { next *= max(extent, 1) }
                return next
            }
        }
        let first = start + headerSize
        return StoredTensor(
            name: name, type: type, shape: shape, strides: strides, source: source,
            bytes: first..<first + bits / 8)
    }

    /// The dictionary of Python in a header, and no other Python.
    private struct Dictionary {
        struct Fields {
            var description = ""
            var isFortran = false
            var shape: [Int] = []
        }

        private let text: [UInt8]
        private var position = 0

        init(_ text: ArraySlice<UInt8>) { self.text = Array(text) }

        mutating func parse() -> Fields? {
            var fields = Fields()
            var seen: Set<String> = []
            guard take("{") else { return nil }
            while !take("}") {
                guard let key = string(), take(":"), seen.insert(key).inserted else { return nil }
                switch key {
                case "descr":
                    guard let value = string() else { return nil }
                    fields.description = value
                case "fortran_order":
                    if word("True") {
                        fields.isFortran = true
                    } else if !word("False") {
                        return nil
                    }
                case "shape":
                    guard let value = tuple() else { return nil }
                    fields.shape = value
                default: return nil
                }
                guard take(",") || position < text.count && text[position] == UInt8(ascii: "}")
                else {
                    return nil
                }
            }
            return seen.count == 3 ? fields : nil
        }

        private mutating func skipSpace() {
            while position < text.count, text[position] == 0x20 { position += 1 }
        }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            skipSpace()
            guard position < text.count, text[position] == UInt8(ascii: scalar) else {
                return false
            }
            position += 1
            skipSpace()
            return true
        }

        private mutating func word(_ word: String) -> Bool {
            guard text[position...].starts(with: word.utf8) else { return false }
            position += word.utf8.count
            skipSpace()
            return true
        }

        private mutating func string() -> String? {
            guard position < text.count, text[position] == UInt8(ascii: "'"),
                let end = text[(position + 1)...].firstIndex(of: UInt8(ascii: "'"))
            else { return nil }
            defer {
                position = end + 1
                skipSpace()
            }
            return String(validating: text[(position + 1)..<end], as: UTF8.self)
        }

        private mutating func tuple() -> [Int]? {
            guard take("(") else { return nil }
            var values: [Int] = []
            while !take(")") {
                let start = position
                while position < text.count, (48...57).contains(text[position]) { position += 1 }
                guard position > start,
                    let value = Int(String(decoding: text[start..<position], as: UTF8.self))
                else { return nil }
                values.append(value)
                skipSpace()
                guard take(",") || position < text.count && text[position] == UInt8(ascii: ")")
                else {
                    return nil
                }
            }
            return values
        }
    }
}
