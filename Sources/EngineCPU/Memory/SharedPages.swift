import Synchronization

/// Memory for buffers that are too small for large pages of their own, side by side in large pages.
///
/// A model's parameters and their state are hundreds of buffers of a few hundred kilobytes. In pages of
/// 4 KiB the kernel would take as long to hand them out as to compile a program.
final class SharedPages: Sendable {
    /// Buffers below this take ordinary memory.
    static let smallest = 64 << 10
    private static let blockSize = 16 << 20

    private struct Block: @unchecked Sendable {  // @unchecked: used under the lock alone.
        var memory: AlignedMemory
        var used: Int
    }

    private let block = Mutex<Block?>(nil)

    /// Zeroed memory, which goes back when all that lies in the same block is gone.
    func memory(byteCount: Int) throws -> AlignedMemory {
        if byteCount < Self.smallest || byteCount >= AlignedMemory.hugePage {
            return try AlignedMemory(byteCount: byteCount)
        }
        let size = (byteCount + 63) / 64 * 64
        return try block.withLock { block in
            var current =
                try block.take()
                ?? Block(
                    memory: AlignedMemory(byteCount: Self.blockSize), used: 0)
            if current.used + size > current.memory.byteCount {
                current = try Block(memory: AlignedMemory(byteCount: Self.blockSize), used: 0)
            }
            let part = AlignedMemory(current.used..<(current.used + size), of: current.memory)
            current.used += size
            block = current
            return part
        }
    }
}
