import Formats

/// Reads a file of tokens of one of the kinds that ``TokenStream`` lists.
struct TokenFileReader {
    let path: String
    private let bytes: [UInt8]
    private static let headerSize = 1024

    init(_ path: String) throws(FormatError) {
        self.path = path
        guard let bytes = try WholeFile.read(path, limit: WholeFile.limitOfMemory) else {
            throw .system(path, "open", code: 2)
        }
        self.bytes = bytes
    }

    func row() throws(FormatError) -> TokenRow {
        if let index = try MegatronIndex(beside: path) { return try index.row(of: bytes) }
        guard bytes.count >= Self.headerSize else { return try plain() }
        switch number(0) {
        case 20_240_520: return try withHeader(version: 1, width: 2)
        case 20_240_801: return try withHeader(version: 7, width: 4)
        case 20_240_522: throw unsupported("llm.c's multiple-choice evaluations, not a text")
        default: return try plain()
        }
    }

    /// The number of 32 bits at a place of the header.
    private func number(_ index: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[4 * index + $1]) << (8 * $1) }
    }

    private func withHeader(version: Int, width: Int) throws(FormatError) -> TokenRow {
        guard number(1) == version else {
            throw unsupported("version \(number(1)) of llm.c's format, where \(version) is known")
        }
        let there = bytes.count - Self.headerSize
        guard there == number(2) * width else {
            throw .corrupt(
                path: path, place: "header",
                found: "says \(number(2)) tokens of \(width) bytes, and "
                    + "\(there) bytes follow", advice: "write or fetch the file again")
        }
        return TokenRow(bytes: Array(bytes[Self.headerSize...]), width: width)
    }

    private func plain() throws(FormatError) -> TokenRow {
        guard bytes.count % 2 == 0 else {
            throw .corrupt(
                path: path, place: "size", found: "\(bytes.count) bytes, not tokens of 16 bits",
                advice: "write or fetch the file again")
        }
        let row = TokenRow(bytes: bytes, width: 2)
        let halves = stride(from: 1, to: row.count, by: 2)
        if row.count >= 64, row.count % 2 == 0, halves.allSatisfy({ row[$0] < 16 }) {
            throw unsupported("every other number of 16 bits is nearly 0: tokens of 32 bits")
        }
        return row
    }

    private func unsupported(_ found: String) -> FormatError {
        .unsupported(
            path: path, place: "format", found: found,
            advice: "write tokens of 16 bits as nanoGPT does, or with llm.c's header")
    }
}
