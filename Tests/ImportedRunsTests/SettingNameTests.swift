import Import
import Testing

@Suite("settings that names say")
struct SettingNameTests {
    @Test(
        "key=value parts and numbers right behind a known word",
        arguments: [
            ("lr=1e-3_w=256", [["lr", "1e-3"], ["w", "256"]]),
            ("sweep/width64_seed0", [["width", "64"], ["seed", "0"]]),
            ("exp_lr=0.1,weight_decay=0.2", [["lr", "0.1"], ["weight_decay", "0.2"]]),
            ("n_layer=2/qk_norm=true", [["n_layer", "2"], ["qk_norm", "true"]]),
            // Single letters right before a number, versions and dates are no settings.
            ("d64_v2_2024-01-02", []), ("lr=", []), ("=3", []), ("", []),
        ])
    func names(name: String, expected: [[String]]) {
        #expect(SettingNames.settings(in: name).map { [$0.name, $0.text] } == expected)
    }

    @Test("names are known by their last part, and what has two meanings is not known")
    func aliases() {
        for name in ["lr", "optimizer.lr", "train/LR", "args.learning-rate", "peak_lr"] {
            #expect(SettingNames.keyPath(of: name) == "optimizer.learning-rate", "\(name)")
        }
        #expect(SettingNames.keyPath(of: "model.n_embd") == "model.width")
        for name in ["d", "params", "min_lr", "lr_decay", "l", "s"] {
            #expect(SettingNames.keyPath(of: name) == nil, "\(name)")
        }
        #expect(SettingNames.key(of: "width") == "model.width")
        #expect(SettingNames.key(of: "model.width") == "model.width")
        #expect(SettingNames.key(of: "breadth") == nil)
    }
}
