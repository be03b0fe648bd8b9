import Datasets
import Foundation
import Tokenizers

extension FuzzTarget {
    /// Text, tokens, and what makes one of the other.
    static let ofText: [String: FuzzTarget] = [
        "tokenizer": FuzzTarget(file: "tokenizer.json") { path, bytes in
            let tokenizer = try Tokenizer(path: path)
            for text in [bytes, sample] { _ = tokenizer.decode(tokenizer.encode(text)) }
        },
        "training": FuzzTarget(file: "text.txt") { path, bytes in
            for style in TokenizerStyle.allCases {
                var trainer = BytePairTrainer(style)
                trainer.add(bytes)
                let trained = trainer.train(vocabulary: style.leastVocabulary + 40)
                guard let tokenizer = try? Tokenizer(Array(trained.json.utf8), path: path) else {
                    fatalError("\(style): what was trained is not read")
                }
                let back = tokenizer.decode(tokenizer.encode(bytes))
                precondition(style.composes || back == bytes, "\(style): another text comes back")
            }
        },
        "tokens": FuzzTarget(file: "a.bin") { path, _ in
            _ = try TokenStream([path])
        },
        // Megatron's index, after its size, and then the tokens.
        "indexed": FuzzTarget(file: "pair") { path, bytes in
            guard bytes.count >= 2 else { return }
            let size = min(Int(bytes[0]) | Int(bytes[1]) << 8, bytes.count - 2)
            let tokens = URL(fileURLWithPath: path).deletingLastPathComponent().path + "/a.bin"
            let index = String(tokens.dropLast(4)) + ".idx"
            try Data(bytes[2..<2 + size]).write(to: URL(fileURLWithPath: index))
            try Data(bytes[(2 + size)...]).write(to: URL(fileURLWithPath: tokens))
            _ = try TokenStream([tokens])
        },
        "jsonlines": FuzzTarget(file: "a.jsonl") { path, _ in
            _ = try TextSource([path], home: path + ".home").read()
        },
    ]

    private static let sample: [UInt8] = {
        let words = "It isn't 2718 \u{a0}größer\r\n\n  \u{1100}\u{1161}\u{11a8} e\u{301} "
        return Array((words + "<|endoftext|>\u{1f600} x").utf8) + [0xff, 0xf0, 0x9f, 0]
    }()
}
