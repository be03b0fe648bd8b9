import CKernels
import Digests

/// The name of a stream of random numbers.
///
/// Randomness is passed as keys, not as generators: a key is made from a seed, split by names and
/// numbers, and always gives the same numbers, whatever was drawn elsewhere. Adding a layer changes
/// no other layer's start.
///
/// ```swift
/// let key = RandomKey(seed: 0).split("blocks.3.attention.query")
/// let weights = key.truncatedNormals(64 * 64, deviation: 0.125)
/// ```
///
/// Splitting hashes with SHA-256; numbers come from Philox 4x32-10 in counter mode
/// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
public struct RandomKey: Sendable, Hashable {
    /// The 64 bits that key the cipher.
    package let bits: UInt64

    /// The root of all randomness of a run.
    public init(seed: UInt64) { bits = Self.hash("seed", seed) }

    /// The key of these bits.
    package init(bits: UInt64) { self.bits = bits }

    /// The key of the part called `name`.
    public func split(_ name: String) -> RandomKey { RandomKey(bits: Self.hash(name, bits)) }

    /// The key of part number `index`.
    public func split(_ index: Int) -> RandomKey { split("#\(index)") }

    /// The first 8 bytes of SHA-256 over the parent's bits and the name.
    private static func hash(_ name: String, _ parent: UInt64) -> UInt64 {
        var hash = SHA256()
        var parent = parent
        for _ in 0..<8 {
            hash.update([UInt8(truncatingIfNeeded: parent)])
            parent >>= 8
        }
        hash.update(name)
        return hash.finalize().bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Four 32-bit words, a function of the key and of `counter` alone.
    public func words(at counter: UInt64) -> SIMD4<UInt32> {
        var c = SIMD4<UInt32>(
            UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), 0, 0)
        var k0 = UInt32(truncatingIfNeeded: bits)
        var k1 = UInt32(truncatingIfNeeded: bits >> 32)
        for _ in 0..<10 {
            let p0 = UInt64(c[0]) * 0xD251_1F53
            let p1 = UInt64(c[2]) * 0xCD9E_8D57
            c = SIMD4(
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k1, UInt32(truncatingIfNeeded: p0))
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return c
    }

    /// Independent normal numbers with mean 0.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - deviation: The standard deviation.
    /// - Returns: The numbers; each is a function of the key and its index, the same on every machine.
    public func normals(_ count: Int, deviation: Double) -> [Float] {
        numbers(count, scale: deviation, limit: .infinity)
    }

    /// Independent normal numbers cut at two standard deviations and rescaled, so that the standard
    /// deviation after the cut is `deviation`.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - deviation: The standard deviation.
    /// - Returns: The numbers; each is a function of the key and its index, the same on every machine.
    public func truncatedNormals(_ count: Int, deviation: Double) -> [Float] {
        // The deviation of a standard normal cut at +-2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)).
        numbers(count, scale: deviation / 0.8796256610342398, limit: 2)
    }

    private func numbers(_ count: Int, scale: Double, limit: Double) -> [Float] {
        unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let base = buffer.baseAddress {
                unsafe ck_normals_f32(ck_isa_best(), bits, scale, limit, count, base)
            }
            initialized = count
        }
    }
}
