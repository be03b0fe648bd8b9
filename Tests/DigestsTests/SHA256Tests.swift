import Digests
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    /// Messages of FIPS 180-4's examples and about a block's end, with digests by Python's hashlib.
    static let known: [(text: String, digest: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 64),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test("of known texts", arguments: known)
    func digests(_ text: String, _ digest: String) {
        #expect(SHA256.digest(of: text).hexadecimal == digest)
    }

    @Test("of pieces is that of the whole", arguments: [0, 1, 63, 64, 65, 127])
    func pieces(cut: Int) {
        let bytes = (0..<128).map { UInt8($0 * 7 % 251) }
        var hash = SHA256()
        hash.update(Array(bytes[..<cut]))
        hash.update(Array(bytes[cut...]))
        let digest = hash.finalize()
        #expect(digest == SHA256.digest(of: bytes))
        // A byte that is left out is told apart.
        #expect(SHA256.digest(of: Array(bytes.dropLast())) != SHA256.digest(of: bytes))
    }
}
