import Engines
import Foundation

/// Zeroed memory at a multiple of 64 bytes.
@safe
final class AlignedMemory {
    let address: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) throws {
        var pointer: UnsafeMutableRawPointer?
        let size = (max(byteCount, 1) + 63) / 64 * 64
        guard unsafe posix_memalign(&pointer, 64, size) == 0, let pointer = unsafe pointer else {
            throw EngineError.resources(
                "\(size) bytes of memory could not be had: make the model or the batch smaller")
        }
        unsafe memset(pointer, 0, size)
        unsafe address = unsafe pointer
        self.byteCount = size
    }

    deinit { unsafe free(address) }
}
