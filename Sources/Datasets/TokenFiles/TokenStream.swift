import Digests
import Formats

/// Tokens that other tools wrote, files one after the other.
///
/// - nanoGPT's `.bin`: 16 bits a token, nothing else.
/// - llm.c's and modded-nanogpt's `.bin`: 256 numbers of 32 bits, then tokens of 16 bits (magic 20240520, version
///   1) or of 32 (magic 20240801, version 7).
/// - Megatron's `.bin` with its `.idx` beside it: documents in the order of the index.
package struct TokenStream {
    let row: TokenRow
    /// The largest token.
    package let largest: UInt32
    /// The file in which it first stands.
    let largestPath: String
    /// SHA-256 of the tokens, 32 bits each, whatever the files.
    package let digest: String

    /// Reads files.
    ///
    /// - Parameter paths: At least one.
    /// - Throws: ``DatasetError/unreadable(_:)`` for a file that is none of the kinds, or damaged.
    package init(_ paths: [String]) throws(DatasetError) {
        var row = TokenRow(bytes: [], width: 1)
        var largest: UInt32 = 0
        var largestPath = paths.first ?? ""
        var hash = SHA256()
        for path in paths {
            let file: TokenRow
            do throws(FormatError) {
                file = try TokenFileReader(path).row()
            } catch {
                throw .unreadable(error)
            }
            var piece: [UInt8] = []
            for index in 0..<file.count {
                let token = file[index]
                if token > largest { (largest, largestPath) = (token, path) }
                for byte in 0..<4 { piece.append(UInt8(truncatingIfNeeded: token >> (8 * byte))) }
                if piece.count == 1 << 16 {
                    hash.update(piece)
                    piece.removeAll(keepingCapacity: true)
                }
            }
            hash.update(piece)
            let width = max(row.width, file.width)
            row = row.resized(to: width)
            row.bytes += file.resized(to: width).bytes
        }
        guard row.count > 0 else { throw .emptyText(sources: paths) }
        // As narrow as they fit, so that equal tokens are cut for validation at the same place.
        self.row = row.resized(to: largest < 1 << 16 ? 2 : 4)
        (self.largest, self.largestPath) = (largest, largestPath)
        digest = hash.finalize().hexadecimal
    }
}
