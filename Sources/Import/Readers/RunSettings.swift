import Foundation
import OrderedCollections
import Yams

/// The configuration that stands beside a log.
enum RunSettings {
    /// The longest configuration that is read, in bytes.
    private static let longest = 1 << 22
    /// Names of files that hold one, whatever trained.
    private static let files = [
        "config.yaml", "config.yml", "config.json", "hparams.yaml", "hparams.json", "args.json",
        "params.json",
    ]

    /// Adds what the first such file in a run's folder says, by path, as `optimizer.epsilon`.
    ///
    /// A file beside `NAME.csv` may be called `NAME.yaml` or `NAME.json`, and comes first.
    static func add(to run: inout LoggedRun) {
        guard let source = run.sources.first else { return }
        let folder = (source as NSString).deletingLastPathComponent
        let own = (source as NSString).lastPathComponent.split(separator: ".").first ?? ""
        let place = folder.isEmpty ? "." : folder
        for name in ["\(own).yaml", "\(own).json"] + files {
            let path = place + "/" + name
            guard path != source,
                let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
                size <= longest, let text = try? String(contentsOfFile: path, encoding: .utf8)
            else { continue }
            guard let tree = try? Yams.load(yaml: text) as? [String: Any] else {
                run.notes.append("\(path): is not a mapping of settings, and was not read")
                continue
            }
            run.sources.append(path)
            collect(tree, "", 0, &run)
            return
        }
    }

    private static func collect(
        _ tree: [String: Any], _ prefix: String, _ depth: Int, _ run: inout LoggedRun
    ) {
        guard depth < 6 else { return }
        for (key, value) in tree.sorted(by: { $0.key < $1.key }) where !key.hasPrefix("_") {
            // W&B wraps each value.
            let own = (value as? [String: Any])?["value"] ?? value
            add(prefix + key, own, depth, to: &run)
        }
    }

    /// Adds a setting: a number, a truth, a text, or those of a mapping under names joined by points.
    static func add(_ name: String, _ value: Any?, _ depth: Int = 0, to run: inout LoggedRun) {
        if let inner = value as? [String: Any] {
            collect(inner, name + ".", depth + 1, &run)
        } else if let number = value as? Double ?? (value as? Int).map(Double.init) {
            run.settings[name] = number
        } else if let flag = value as? Bool {
            run.words[name] = "\(flag)"
        } else if let text = value as? String {
            if let number = Double(text) {
                run.settings[name] = number
            } else {
                run.words[name] = text
            }
        }
    }
}
