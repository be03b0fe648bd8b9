import CZlib
import Formats
import Foundation

/// Expands deflated bytes without a header, as zip files hold them.
enum RawInflate {
    /// The contents, or nil if the bytes are damaged or do not expand to `size`.
    ///
    /// - Throws: ``Formats/FormatError`` of the file at `path` where zlib gets no memory.
    static func expand(
        _ bytes: [UInt8], to size: Int, of path: String
    ) throws(FormatError) -> [UInt8]? {
        guard bytes.count <= Int(UInt32.max), size <= Int(UInt32.max) else { return nil }
        var bytes = bytes
        // One more than there should be, so that more is seen.
        var contents = [UInt8](repeating: 0, count: size + 1)
        var stream = unsafe z_stream()
        let opened = unsafe inflateInit2_(
            &stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .system(path, "expand", code: ENOMEM) }
        defer { unsafe inflateEnd(&stream) }
        let result = unsafe bytes.withUnsafeMutableBufferPointer { from in
            unsafe contents.withUnsafeMutableBufferPointer { to in
                unsafe stream.next_in = from.baseAddress
                unsafe stream.avail_in = UInt32(from.count)
                unsafe stream.next_out = to.baseAddress
                unsafe stream.avail_out = UInt32(to.count)
                return unsafe inflate(&stream, Z_FINISH)
            }
        }
        guard result != Z_MEM_ERROR else { throw .system(path, "expand", code: ENOMEM) }
        guard result == Z_STREAM_END, unsafe Int(stream.total_out) == size else { return nil }
        contents.removeLast()
        return contents
    }
}
