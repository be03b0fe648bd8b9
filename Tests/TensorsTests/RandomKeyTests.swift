import Tensors
import Testing

@Suite("random keys")
struct RandomKeyTests {
    @Test("Philox 4x32-10 with the known answers of Random123 for counters of two words")
    func knownAnswers() {
        #expect(
            RandomKey(bits: 0).words(at: 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    }

    @Test("Philox against itself written another way", arguments: 0..<20)
    func secondImplementation(index: Int) {
        let key = RandomKey(seed: 9).split(index)
        let counter = UInt64(index) << 30 | UInt64(index)
        #expect(key.words(at: counter) == philox(key.bits, counter))
    }

    @Test("the second implementation has the known answers for counters of four words")
    func secondImplementationIsRight() {
        let ones = philox(.max, SIMD4(repeating: .max))
        #expect(ones == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        let pi = philox(
            0x299f_31d0_a409_3822, [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344])
        #expect(pi == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test("keys depend on the seed and on each name, and on nothing else")
    func splits() {
        let root = RandomKey(seed: 0)
        #expect(root.split("a") == RandomKey(seed: 0).split("a"))
        #expect(root.split(3) == root.split("#3"))
        let keys = [
            root, RandomKey(seed: 1), root.split("a"), root.split("b"), root.split("a").split("b"),
            root.split("b").split("a"), root.split("ab"), root.split(0), root.split(1),
            root.split(""),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test("streams of different names are not correlated")
    func independence() {
        let count = 20_000
        let names = ["blocks.0.mlp.up", "blocks.0.mlp.down", "blocks.1.mlp.up", "#0", "#1"]
        let streams = names.map {
            RandomKey(seed: 0).split($0).normals(count, deviation: 1).map(Double.init)
        }
        for a in streams.indices {
            for b in streams.indices where b > a {
                let correlation = zip(streams[a], streams[b]).map { $0 * $1 }.reduce(0, +)
                // The sum has deviation sqrt(count); five of them happen once in 1.7 million pairs.
                #expect(correlation.magnitude < 5 * Double(count).squareRoot())
            }
        }
    }

    @Test("a longer draw begins with the shorter one")
    func prefixes() {
        let key = RandomKey(seed: 4)
        #expect(key.normals(10, deviation: 2) == Array(key.normals(20, deviation: 2).prefix(10)))
        #expect(
            key.truncatedNormals(10, deviation: 2)
                == Array(key.truncatedNormals(20, deviation: 2).prefix(10)))
    }

    @Test("normal numbers have the moments of a normal")
    func normals() {
        let count = 100_000
        let x = RandomKey(seed: 1).normals(count, deviation: 3).map { Double($0) / 3 }
        let n = Double(count).squareRoot()
        // Deviations of the mean, of the mean square and of the mean fourth power of n normals: 1, √2
        // and √96, over √n. The bounds are five of them.
        #expect((x.reduce(0, +) / (n * n)).magnitude < 5 / n)
        #expect((x.map { $0 * $0 }.reduce(0, +) / (n * n) - 1).magnitude < 5 * 1.4143 / n)
        #expect((x.map { $0 * $0 * $0 * $0 }.reduce(0, +) / (n * n) - 3).magnitude < 5 * 9.798 / n)
    }

    @Test("truncated normals are cut at two deviations, and have the deviation asked for")
    func truncated() {
        let count = 100_000
        let x = RandomKey(seed: 2).truncatedNormals(count, deviation: 0.5).map { Double($0) / 0.5 }
        let n = Double(count).squareRoot()
        // 2 / 0.87963 before rescaling.
        #expect((x.map(\.magnitude).max() ?? 0) <= 2.27370)
        #expect((x.map(\.magnitude).max() ?? 0) > 2.27)
        #expect((x.reduce(0, +) / (n * n)).magnitude < 5 / n)
        // The fourth moment of the rescaled cut normal is 2.37, so a square deviates by √1.37.
        #expect((x.map { $0 * $0 }.reduce(0, +) / (n * n) - 1).magnitude < 5 * 1.171 / n)
    }
}

/// Philox 4x32-10 as in Salmon et al., section 3.3, with a counter of two words.
private func philox(_ key: UInt64, _ counter: UInt64) -> SIMD4<UInt32> {
    philox(key, [UInt32(counter & 0xffff_ffff), UInt32(counter >> 32), 0, 0])
}

private func philox(_ key: UInt64, _ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (right, left) = (SIMD2(counter[0], counter[2]), SIMD2(counter[1], counter[3]))
    var keys = SIMD2(UInt32(key & 0xffff_ffff), UInt32(key >> 32))
    for _ in 0..<10 {
        let first = right[0].multipliedFullWidth(by: 0xD251_1F53)
        let second = right[1].multipliedFullWidth(by: 0xCD9E_8D57)
        (right, left) = (
            SIMD2(second.high ^ left[0] ^ keys[0], first.high ^ left[1] ^ keys[1]),
            SIMD2(second.low, first.low)
        )
        keys &+= [0x9E37_79B9, 0xBB67_AE85]
    }
    return [right[0], left[0], right[1], left[1]]
}
