import Digests
public import OrderedCollections
public import Tensors

/// Writes safetensors files whose bytes depend on what is written and on nothing else.
public enum Safetensors {
    /// What stands before a tensor's name in the key of its digest.
    public static let digestPrefix = "sha256."
    /// The key of the digest over names, types, shapes and metadata.
    public static let headerDigestKey = "sha256"

    /// Writes tensors to `path`, whole or not at all.
    ///
    /// The header lists the tensors in the order of the tree. Their bytes stand in the file with the
    /// widest element types first, so that each is aligned. The metadata holds the SHA-256 of each
    /// tensor's bytes under `sha256.` and its name, and one over the rest of the header under `sha256`,
    /// all in hexadecimal.
    ///
    /// - Parameters:
    ///   - tensors: What to write; may be empty, and so may its tensors.
    ///   - metadata: Strings to keep with it.
    ///   - path: Where the file will stand; a file of that name is replaced.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``, as ``AtomicFile``, and
    ///   ``FormatError/unsupported(path:place:found:advice:)`` if the header is too long to be read
    ///   again.
    /// - Precondition: No key of `metadata` begins with `sha256`, and no tensor is called
    ///   `__metadata__`.
    public static func write(
        _ tensors: ParameterTree, metadata: [String: String] = [:], to path: String
    ) throws(FormatError) {
        precondition(tensors["__metadata__"] == nil, "Safetensors: a tensor called __metadata__")
        let reserved = metadata.keys.filter { $0.hasPrefix(headerDigestKey) }
        precondition(reserved.isEmpty, "Safetensors: reserved metadata keys \(reserved)")

        // A stable sort: equal widths keep the order of the tree.
        let stored = tensors.elements.sorted {
            $0.value.elementType.byteCount > $1.value.elementType.byteCount
        }
        var ranges: [String: Range<Int>] = [:]
        var end = 0
        for (name, tensor) in stored {
            ranges[name] = end..<end + tensor.bytes.count
            end += tensor.bytes.count
        }
        let entries = tensors.map { name, tensor in
            SafetensorsFile.Entry(
                name: name, type: SafetensorsType(tensor.elementType), shape: tensor.shape,
                byteRange: ranges[name] ?? 0..<0)
        }

        var metadata = metadata
        for (name, tensor) in tensors {
            metadata[digestPrefix + name] = unsafe digest(tensor.bytes.span.bytes)
        }
        metadata[headerDigestKey] = headerDigest(entries, metadata)

        let header = headerText(entries, metadata)
        guard header.count <= SafetensorsFile.longestHeader else {
            throw .unsupported(
                path: path, place: "header", found: "\(header.count) bytes of names and metadata",
                advice: "write fewer tensors to one file")
        }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        try AtomicFile.write(
            chunks: [[length + header], stored.map(\.value.bytes)].joined(), to: path)
    }

    /// The JSON, padded with spaces so that the tensors begin at a multiple of 8 bytes.
    private static func headerText(_ entries: [SafetensorsFile.Entry], _ metadata: [String: String])
        -> [UInt8]
    {
        let strings = sorted(metadata).map { quoted($0.key) + ":" + quoted($0.value) }
        var members = [quoted("__metadata__") + ":{" + strings.joined(separator: ",") + "}"]
        members += entries.map { entry in
            let range = entry.byteRange
            let body =
                #""dtype":"\#(entry.type.rawValue)","shape":\#(entry.shape),"#
                + #""data_offsets":[\#(range.lowerBound),\#(range.upperBound)]"#
            return quoted(entry.name) + ":{\(body)}"
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return text
    }

    /// A JSON string.
    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    private static func sorted(_ metadata: [String: String]) -> [(key: String, value: String)] {
        metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// The SHA-256 of `bytes`, in hexadecimal.
    static func digest(_ bytes: RawSpan) -> String {
        SHA256.digest(of: bytes).hexadecimal
    }

    /// The SHA-256 over what the tensors' digests leave out: names, types, shapes and metadata.
    ///
    /// Each string is preceded by its length, so that no two headers give the same bytes.
    static func headerDigest(_ entries: [SafetensorsFile.Entry], _ metadata: [String: String])
        -> String
    {
        var text = ""
        func add(_ string: String) { text += "\(string.utf8.count) \(string)\n" }
        for (key, value) in sorted(metadata) where key != headerDigestKey {
            add(key)
            add(value)
        }
        for entry in entries {
            add(entry.name)
            add(entry.type.rawValue + entry.shape.description)
        }
        return SHA256.digest(of: text).hexadecimal
    }
}
