package import Formats
import Tensors

extension TensorArchive {
    /// A tensor's bytes, its elements row-major whatever their order in the file.
    ///
    /// - Throws: ``FormatError`` if the file cannot be read, or has become shorter.
    package func rowMajorBytes(of tensor: StoredTensor) throws(FormatError) -> [UInt8] {
        var stored = [UInt8](repeating: 0, count: tensor.bytes.count)
        var failure: FormatError?
        unsafe stored.withUnsafeMutableBytes { buffer in
            do throws(FormatError) {
                try unsafe read(tensor, at: 0, into: buffer)
            } catch { failure = error }
        }
        if let failure { throw failure }
        guard let strides = tensor.strides else { return stored }
        // Whole bytes: no format stores smaller elements in another order.
        let size = tensor.type.bitCount / 8
        let extents = tensor.shape.dimensions
        var result = [UInt8](repeating: 0, count: tensor.shape.count * size)
        var place = [Int](repeating: 0, count: extents.count)
        var from = 0
        for element in 0..<tensor.shape.count {
            for byte in 0..<size { result[element * size + byte] = stored[from * size + byte] }
            for axis in extents.indices.reversed() {
                place[axis] += 1
                from += strides[axis]
                if place[axis] < extents[axis] { break }
                from -= strides[axis] * extents[axis]
                place[axis] = 0
            }
        }
        return result
    }

    /// A tensor's elements as floats, row-major.
    ///
    /// - Throws: ``FormatError`` if the file cannot be read, or the type is not decoded.
    package func floats(of tensor: StoredTensor) throws(FormatError) -> [Float] {
        guard ElementDecoder.isReadable(tensor.type) else {
            throw .unsupported(
                path: sources[tensor.source].path, place: "tensor '\(tensor.name)'",
                found: "type \(tensor.type.rawValue)", advice: "convert it to real numbers")
        }
        let bytes = try rowMajorBytes(of: tensor)
        let decoder = ElementDecoder(tensor.type)
        return unsafe [Float](unsafeUninitializedCapacity: tensor.shape.count) { buffer, filled in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe decoder.decode(
                    bytes, into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.shape.count])
                )
            }
            filled = tensor.shape.count
        }
    }
}
