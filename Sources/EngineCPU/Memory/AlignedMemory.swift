import Engines
import Foundation

/// Zeroed memory at a multiple of 64 bytes.
@safe
final class AlignedMemory {
    let address: UnsafeMutableRawPointer
    let byteCount: Int

    private enum Origin {
        case allocated
        case mapped
        /// A part of other memory, which lives as long.
        case part(of: AlignedMemory)
    }

    private let origin: Origin

    init(byteCount: Int) throws {
        if byteCount >= Self.hugePage {
            (unsafe address, self.byteCount) = try unsafe Self.map(byteCount)
            origin = .mapped
            return
        }
        var pointer: UnsafeMutableRawPointer?
        let size = (max(byteCount, 1) + 63) / 64 * 64
        guard unsafe posix_memalign(&pointer, 64, size) == 0, let pointer = unsafe pointer else {
            throw Self.failure(size)
        }
        unsafe memset(pointer, 0, size)
        unsafe address = unsafe pointer
        self.byteCount = size
        origin = .allocated
    }

    /// A part of other memory, which nobody else may use.
    init(_ range: Range<Int>, of whole: AlignedMemory) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= whole.byteCount,
            "AlignedMemory: bytes \(range) of \(whole.byteCount)")
        unsafe address = unsafe whole.address + range.lowerBound
        byteCount = range.count
        origin = .part(of: whole)
    }

    deinit {
        switch origin {
        case .mapped: unsafe munmap(address, byteCount)
        case .allocated: unsafe free(address)
        case .part: break
        }
    }

    static let hugePage = 2 << 20

    /// Memory that the kernel clears where it is first touched, in pages of 2 MiB where it has them: a
    /// large arena of small ones would take longer to clear than a program to compile.
    private static func map(_ byteCount: Int) throws -> (UnsafeMutableRawPointer, Int) {
        let size = (byteCount + hugePage - 1) / hugePage * hugePage
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        let mapped = unsafe mmap(nil, size + hugePage, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw failure(size) }
        // What lies before the first boundary of a page, and after the end, goes back.
        let before = (hugePage - Int(bitPattern: mapped) % hugePage) % hugePage
        if before > 0 { unsafe munmap(mapped, before) }
        let address = unsafe mapped + before
        if before < hugePage { unsafe munmap(address + size, hugePage - before) }
        unsafe madvise(address, size, MADV_HUGEPAGE)
        return unsafe (address, size)
    }

    private static func failure(_ size: Int) -> EngineError {
        .resources(
            "\(size) bytes of memory could not be had: make the model or the batch smaller")
    }
}
