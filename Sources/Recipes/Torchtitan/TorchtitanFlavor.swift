/// The models that torchtitan's configurations name by `model.flavor`, whose sizes are elsewhere.
struct TorchtitanFlavor {
    var width: Int
    var depth: Int
    var heads: Int
    var keyHeads: Int
    var hidden: Int
    var vocabulary: Int

    /// Those of `llama3`, by the table of the publication (arXiv 2407.21783, table 3).
    static let llama3: [(name: String, flavor: TorchtitanFlavor)] = [
        (
            "8B",
            TorchtitanFlavor(
                width: 4096, depth: 32, heads: 32, keyHeads: 8, hidden: 14_336,
                vocabulary: 128_256)
        ),
        (
            "70B",
            TorchtitanFlavor(
                width: 8192, depth: 80, heads: 64, keyHeads: 8, hidden: 28_672,
                vocabulary: 128_256)
        ),
        (
            "405B",
            TorchtitanFlavor(
                width: 16_384, depth: 126, heads: 128, keyHeads: 8, hidden: 53_248,
                vocabulary: 128_256)
        ),
    ]
}
