import Formats
import Foundation

/// The members of a zip file, as `torch.save` and `numpy.savez` write them; zip64 included.
struct ZipFile {
    /// A member.
    struct Member {
        var name: String
        var isDeflated: Bool
        var storedSize: Int
        var size: Int
        var localHeader: Int
    }

    let file: OpenFile
    let members: [String: Member]
    /// The names in the order of the directory.
    let names: [String]
    private let fileSize: Int
    /// Where it begins in its file.
    private let base: Int

    /// What members may expand to together, beside what the file's own size allows.
    private static let expansion = 1 << 30
    private static let factor = 20

    init(_ path: String) throws(FormatError) {
        let file = try OpenFile(path, O_RDONLY)
        try self.init(file, 0..<(try file.size()))
    }

    /// Opens a zip file that is a part of another file, which must hold those bytes.
    init(_ file: OpenFile, _ window: Range<Int>) throws(FormatError) {
        self.file = file
        let (path, base, size) = (file.path, window.lowerBound, window.count)
        (fileSize, self.base) = (size, base)
        func corrupt(_ found: String) -> FormatError { Self.corrupt(path, "directory", found) }

        let tailStart = max(0, size - 65_557)
        let tail = try Self.bytes(file, base + tailStart..<base + size)
        guard
            let end = (0...max(0, tail.count - 22)).reversed().first(where: {
                tail[$0...].starts(with: [0x50, 0x4b, 0x05, 0x06])
            }), end + 22 <= tail.count
        else {
            throw corrupt("no end of a directory in the last 64 KiB: the file may be cut short")
        }
        var reader = ByteReader(tail, at: end + 10)
        guard var count = reader.count(2), var length = reader.count(4),
            var start = reader.count(4)
        else { throw corrupt("its end is cut short") }
        if count == 0xffff || length == 0xffff_ffff || start == 0xffff_ffff {
            // Zip64: twenty bytes before stands where the larger record is.
            guard end >= 20, tail[(end - 20)...].starts(with: [0x50, 0x4b, 0x06, 0x07]) else {
                throw corrupt("zip64 without its locator")
            }
            var locator = ByteReader(tail, at: end - 12)
            guard let place = locator.count(8), place <= size - 56 else {
                throw corrupt("zip64 without its record")
            }
            var record = ByteReader(try Self.bytes(file, base + place..<base + place + 56))
            guard record.number(4) == 0x0606_4b50, record.take(28) != nil,
                let members = record.count(8), let bytes = record.count(8),
                let first = record.count(8)
            else { throw corrupt("zip64 without its record") }
            (count, length, start) = (members, bytes, first)
        }
        guard start <= size, length <= size - start, count <= length / 46 else {
            throw corrupt("\(count) members in \(length) bytes at \(start) of \(size)")
        }
        var directory = ByteReader(
            try Self.bytes(file, base + start..<base + start + length))
        var members: [String: Member] = [:]
        var names: [String] = []
        for _ in 0..<count {
            guard let member = try Self.member(&directory, path) else {
                throw corrupt("a member's entry is cut short or damaged")
            }
            guard members.updateValue(member, forKey: member.name) == nil else {
                throw corrupt("two members called '\(member.name)'")
            }
            names.append(member.name)
        }
        self.members = members
        self.names = names
    }

    /// The next entry of the directory.
    private static func member(_ reader: inout ByteReader, _ path: String) throws(FormatError)
        -> Member?
    {
        guard reader.number(4) == 0x0201_4b50, reader.take(4) != nil,
            let flags = reader.number(2), let method = reader.number(2), reader.take(8) != nil,
            var stored = reader.count(4), var size = reader.count(4),
            let nameLength = reader.count(2),
            let extraLength = reader.count(2), let commentLength = reader.count(2),
            reader.take(8) != nil, var offset = reader.count(4),
            let nameBytes = reader.take(nameLength), let extra = reader.take(extraLength),
            reader.take(commentLength) != nil,
            let name = String(validating: Array(nameBytes), as: UTF8.self)
        else { return nil }
        guard flags & 1 == 0, method == 0 || method == 8 else {
            throw .unsupported(
                path: path, place: "member '\(name)'",
                found: flags & 1 == 1 ? "encrypted" : "compressed by method \(method)",
                advice: "unpack it, and save it as safetensors")
        }
        var fields = ByteReader(Array(extra))
        while let kind = fields.number(2), let length = fields.count(2),
            let field = fields.take(length)
        {
            guard kind == 1 else { continue }
            var wide = ByteReader(Array(field))
            if size == 0xffff_ffff { size = wide.count(8) ?? -1 }
            if stored == 0xffff_ffff { stored = wide.count(8) ?? -1 }
            if offset == 0xffff_ffff { offset = wide.count(8) ?? -1 }
        }
        guard size >= 0, stored >= 0, offset >= 0, method == 8 || size == stored else { return nil }
        return Member(
            name: name, isDeflated: method == 8, storedSize: stored, size: size,
            localHeader: offset)
    }

    /// Where the bytes of a member stand in the file.
    func range(of member: Member) throws(FormatError) -> Range<Int> {
        func corrupt() -> FormatError {
            Self.corrupt(file.path, "member '\(member.name)'", "does not lie in the file")
        }
        guard member.localHeader <= fileSize - 30 else { throw corrupt() }
        let place = base + member.localHeader
        var header = ByteReader(try Self.bytes(file, place..<place + 30))
        guard header.number(4) == 0x0403_4b50, header.take(22) != nil,
            let name = header.count(2), let extra = header.count(2)
        else { throw corrupt() }
        let start = member.localHeader + 30 + name + extra
        guard start <= fileSize, member.storedSize <= fileSize - start else { throw corrupt() }
        return base + start..<base + start + member.storedSize
    }

    /// The contents of a member, expanded if they are compressed.
    ///
    /// - Parameters:
    ///   - member: The member.
    ///   - expanded: What members have expanded to so far, to which this is added.
    /// - Returns: The contents.
    /// - Throws: ``FormatError`` for a member that is damaged, or would expand to too much.
    func contents(_ member: Member, expanded: inout Int) throws(FormatError) -> [UInt8] {
        let stored = try Self.bytes(file, try range(of: member))
        guard member.isDeflated else { return stored }
        let (limit, overflow) = fileSize.multipliedReportingOverflow(by: Self.factor)
        let most = max(overflow ? .max : limit, Self.expansion)
        guard member.size <= most - expanded else {
            throw .unsupported(
                path: file.path, place: "member '\(member.name)'",
                found:
                    "expands to \(member.size) bytes, and a file of \(fileSize) may to \(most) in all",
                advice: "save it without compression (numpy.savez)")
        }
        expanded += member.size
        guard let contents = try RawInflate.expand(stored, to: member.size, of: file.path) else {
            throw Self.corrupt(
                file.path, "member '\(member.name)'",
                "its compressed bytes are damaged, or not \(member.size) when expanded")
        }
        return contents
    }

    static func corrupt(_ path: String, _ place: String, _ found: String) -> FormatError {
        .corrupt(
            path: path, place: place, found: found,
            advice: "the file is damaged or not what its name says: use another copy")
    }

    static func bytes(_ file: OpenFile, _ range: Range<Int>) throws(FormatError) -> [UInt8] {
        let source = ByteSource.file(file)
        var bytes = [UInt8](repeating: 0, count: range.count)
        var failure: FormatError?
        unsafe bytes.withUnsafeMutableBytes { buffer in
            do throws(FormatError) {
                try unsafe source.read(at: range.lowerBound, into: buffer)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}
