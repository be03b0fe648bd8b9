import CZlib
import Formats

/// Records of a `.wandb` file, as W&B writes one while it is offline.
///
/// The file is LevelDB's log with a header of its own: seven bytes, then blocks of 32 KiB with records, a
/// long one in several pieces. A piece has a check (CRC-32 of its kind and its bytes), a length and a kind.
/// Source: leveldb, `doc/log_format.md`; wandb, `core/internal/transactionlog`.
struct WandbFile {
    private static let block = 1 << 15
    private static let header = 7
    private static let magic: [UInt8] = Array(":W&B".utf8) + [0xe1, 0xbe]

    private let bytes: [UInt8]
    private var position = Self.header
    /// Where and why reading ended before the file does.
    private(set) var damage: String?

    init(_ path: String) throws(FormatError) {
        bytes = try Gzip.contents(of: path, limit: LogReader.longest)
        guard bytes.count >= Self.header, bytes.starts(with: Self.magic) else {
            throw .corrupt(
                path: path, place: "byte 0", found: "no header of a .wandb file",
                advice: "give run-ID.wandb from the folder of an offline run")
        }
        guard bytes[6] == 0 else {
            throw .unsupported(
                path: path, place: "byte 6", found: "version \(bytes[6]) of the format",
                advice: "export the run's history as CSV")
        }
    }

    /// The next record; nil at the end, or where ``damage`` says that it breaks off.
    mutating func next() -> [UInt8]? {
        var record: [UInt8] = []
        var isBegun = false
        while damage == nil {
            let left = Self.block - position % Self.block
            if left < 7 {
                position += left
                continue
            }
            guard position < bytes.count else {
                if isBegun { damage = "it ends within a record" }
                return nil
            }
            guard position + 7 <= bytes.count else {
                damage = "it ends within a record, at byte \(position)"
                return nil
            }
            let length = Int(bytes[position + 4]) | Int(bytes[position + 5]) << 8
            let kind = bytes[position + 6]
            // A file that is made longer before it is filled.
            if kind == 0, length == 0, check == 0 {
                if isBegun { damage = "it ends within a record, at byte \(position)" }
                return nil
            }
            let end = position + 7 + length
            guard end <= bytes.count else {
                damage = "it ends within a record, at byte \(position)"
                return nil
            }
            guard length + 7 <= left, holds(kind, position + 7..<end),
                kind == (isBegun ? 3 : 1) || kind == (isBegun ? 4 : 2)
            else {
                damage = "it is damaged from byte \(position) on"
                return nil
            }
            record += bytes[position + 7..<end]
            position = end
            isBegun = true
            if kind == 1 || kind == 4 { return record }
        }
        return nil
    }

    /// The check that stands here.
    private var check: UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) }
    }

    private func holds(_ kind: UInt8, _ range: Range<Int>) -> Bool {
        let ofKind = unsafe [kind].withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, 1) }
        let found = unsafe bytes[range].withUnsafeBufferPointer {
            // zlib takes no bytes at no address for a beginning.
            $0.isEmpty ? ofKind : unsafe crc32(ofKind, $0.baseAddress, UInt32($0.count))
        }
        return UInt32(truncatingIfNeeded: found) == check
    }
}
