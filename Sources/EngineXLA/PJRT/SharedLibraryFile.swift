import Foundation

/// The file of a shared library, looked at before it is loaded: one that is cut short ends the process that loads
/// it with a signal.
enum SharedLibraryFile {
    private static let headerSize = 64
    private static let entrySize = 56

    /// Why a file is no whole shared library of this machine.
    ///
    /// - Parameter path: The file.
    /// - Returns: A clause; nil where all that its tables name is there.
    static func problem(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return "it cannot be read" }
        defer { try? file.close() }
        guard let size = try? file.seekToEnd(), (try? file.seek(toOffset: 0)) != nil,
            let header = try? file.read(upToCount: headerSize), header.count == headerSize,
            header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
        else { return "it is no 64-bit ELF file" }
        let (segments, sections) = (number(header, 32, 8), number(header, 40, 8))
        let (segmentSize, segmentCount) = (number(header, 54, 2), number(header, 56, 2))
        let (sectionSize, sectionCount) = (number(header, 58, 2), number(header, 60, 2))
        var ends = [end(sections, sectionSize * sectionCount)]
        guard segmentSize == UInt64(entrySize) else {
            return "its program headers have another size"
        }
        ends.append(end(segments, segmentSize * segmentCount))
        if ends.allSatisfy({ $0 ?? .max <= size }) {
            guard (try? file.seek(toOffset: segments)) != nil,
                let table = try? file.read(upToCount: Int(segmentSize * segmentCount))
            else { return "its program headers cannot be read" }
            for start in stride(from: 0, to: table.count - entrySize + 1, by: entrySize) {
                let entry = table.dropFirst(start).prefix(entrySize)
                ends.append(end(number(Data(entry), 8, 8), number(Data(entry), 32, 8)))
            }
        }
        guard ends.allSatisfy({ $0 ?? .max <= size }) else {
            return "it ends before what its tables name, as if it was cut short; fetch it again"
        }
        return nil
    }

    /// A little-endian number.
    private static func number(_ data: Data, _ place: Int, _ count: Int) -> UInt64 {
        data.dropFirst(place).prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Where something ends; nil beyond any file.
    private static func end(_ start: UInt64, _ size: UInt64) -> UInt64? {
        let (sum, overflows) = start.addingReportingOverflow(size)
        return overflows ? nil : sum
    }
}
