import Formats

/// The index of Megatron's `.bin`, which stands beside it as `.idx`.
///
/// ```
/// "MMIDIDX" and two zeros, version (8 bytes), kind of number (1), sequences (8), documents and one (8)
/// the tokens of each sequence, 4 bytes each; the place of each in the .bin, 8 bytes; where documents begin, 8
/// ```
struct MegatronIndex {
    private let path: String
    private let kind: Kind
    private let lengths: [Int]
    private let places: [Int]

    private struct Kind {
        var width: Int
        var isSigned: Bool
    }

    private static let magic = Array("MMIDIDX".utf8) + [0, 0]
    private static let headerSize = 34

    /// Where the index of a file stands.
    static func path(of tokens: String) -> String {
        (tokens.hasSuffix(".bin") ? String(tokens.dropLast(4)) : tokens) + ".idx"
    }

    /// Reads the index of a file of tokens; nil where there is none.
    init?(beside tokens: String) throws(FormatError) {
        path = Self.path(of: tokens)
        guard let bytes = try WholeFile.read(path, limit: WholeFile.limitOfMemory) else {
            return nil
        }
        func number(_ place: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
        }
        guard bytes.starts(with: Self.magic), bytes.count >= Self.headerSize else {
            throw Self.corrupt(path, "header", "is not that of Megatron's index (MMIDIDX)")
        }
        guard number(9, 8) == 1 else {
            throw Self.corrupt(path, "header", "version \(number(9, 8)), where 1 is known")
        }
        kind = try Self.kind(Int(bytes[17]), path)
        let (sequences, documents) = (number(18, 8), number(26, 8))
        let room = UInt64(bytes.count - Self.headerSize)
        guard sequences <= room / 12, documents <= (room - 12 * sequences) / 8 else {
            throw Self.corrupt(
                path, "header",
                "says \(sequences) sequences and \(documents) documents in \(bytes.count) bytes")
        }
        let count = Int(sequences)
        lengths = (0..<count).map {
            Int(Int32(bitPattern: UInt32(number(Self.headerSize + 4 * $0, 4))))
        }
        let start = Self.headerSize + 4 * count
        places = (0..<count).map { Int(Int64(bitPattern: number(start + 8 * $0, 8))) }
        var last: UInt64 = 0
        for index in 0..<Int(documents) {
            let first = number(start + 8 * count + 8 * index, 8)
            guard last...sequences ~= first else {
                throw Self.corrupt(path, "document \(index)", "begins at sequence \(first)")
            }
            last = first
        }
    }

    private static func kind(_ code: Int, _ path: String) throws(FormatError) -> Kind {
        switch code {
        case 1: return Kind(width: 1, isSigned: false)
        case 2: return Kind(width: 1, isSigned: true)
        case 3: return Kind(width: 2, isSigned: true)
        case 4: return Kind(width: 4, isSigned: true)
        case 5: return Kind(width: 8, isSigned: true)
        case 8: return Kind(width: 2, isSigned: false)
        default: throw corrupt(path, "header", "kind \(code) of numbers, which are no tokens")
        }
    }

    /// The tokens of all sequences, in order.
    func row(of file: [UInt8]) throws(FormatError) -> TokenRow {
        var row = TokenRow(bytes: [], width: min(kind.width, 4))
        var left = file.count
        for (index, (length, place)) in zip(lengths, places).enumerated() {
            let size = length.multipliedReportingOverflow(by: kind.width)
            guard length >= 0, place >= 0, !size.overflow, place <= file.count,
                size.partialValue <= file.count - place, size.partialValue <= left
            else {
                throw Self.corrupt(
                    path, "sequence \(index)",
                    "\(length) tokens of \(kind.width) bytes at \(place), and the .bin has "
                        + "\(file.count) bytes, \(left) of them in no sequence before")
            }
            left -= size.partialValue
            for token in 0..<length {
                let start = place + token * kind.width
                let bytes = file[start..<start + kind.width]
                guard !kind.isSigned || file[start + kind.width - 1] < 0x80,
                    bytes.dropFirst(4).allSatisfy({ $0 == 0 })
                else {
                    throw Self.corrupt(
                        path, "sequence \(index)", "token \(token) is negative or above 2^32")
                }
                row.bytes += bytes.prefix(4)
            }
        }
        return row
    }

    private static func corrupt(
        _ path: String, _ place: String, _ found: String
    ) -> FormatError {
        .corrupt(
            path: path, place: place, found: found,
            advice: "write the files again with Megatron's preprocess_data.py")
    }
}
