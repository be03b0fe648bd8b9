import Foundation

/// A file's bytes, read by the system as they are touched.
///
/// The file must not be cut short while it is mapped; files written by ``AtomicFile`` never are.
// @unchecked: the mapping is read-only and lives as long as the object.
@safe final class MappedFile: @unchecked Sendable {
    private let start: UnsafeMutableRawPointer?
    let count: Int

    init(_ path: String) throws(FormatError) {
        let file = try OpenFile(path, O_RDONLY)
        count = try file.size()
        guard count > 0 else {
            unsafe start = nil
            return
        }
        let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
        guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
            throw .system(path, "mmap")
        }
        unsafe start = mapping
    }

    deinit {
        if let start = unsafe start { unsafe munmap(start, count) }
    }

    /// Calls `body` with the bytes of `range`.
    ///
    /// - Precondition: `range` lies in the file.
    func withBytes<Result>(in range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count,
            "MappedFile: bytes \(range) of \(count)")
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return body(unsafe UnsafeRawBufferPointer(rebasing: bytes[range]).bytes)
    }

    /// A copy of the bytes of `range`.
    func bytes(in range: Range<Int>) -> [UInt8] {
        withBytes(in: range) { span in unsafe span.withUnsafeBytes { unsafe [UInt8]($0) } }
    }
}
