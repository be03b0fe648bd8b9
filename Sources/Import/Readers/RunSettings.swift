import Foundation
import OrderedCollections
import Yams

/// Numbers of the configuration that stands beside a log.
enum RunSettings {
    /// The longest configuration that is read, in bytes.
    private static let longest = 1 << 22

    /// The numbers of `config.yaml` in a folder by path, as `optimizer.epsilon`; empty where there is none.
    static func numbers(in folder: String) -> OrderedDictionary<String, Double> {
        let path = folder + "/config.yaml"
        guard
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
            size <= longest, let text = try? String(contentsOfFile: path, encoding: .utf8),
            let tree = try? Yams.load(yaml: text) as? [String: Any]
        else { return [:] }
        var numbers: OrderedDictionary<String, Double> = [:]
        collect(tree, "", 0, &numbers)
        return numbers
    }

    private static func collect(
        _ tree: [String: Any], _ prefix: String, _ depth: Int,
        _ numbers: inout OrderedDictionary<String, Double>
    ) {
        guard depth < 6 else { return }
        for (key, value) in tree.sorted(by: { $0.key < $1.key }) {
            if let inner = value as? [String: Any] {
                // W&B wraps each value.
                if let wrapped = inner["value"] as? Double {
                    numbers[prefix + key] = wrapped
                } else {
                    collect(inner, prefix + key + ".", depth + 1, &numbers)
                }
            } else if let number = value as? Double {
                numbers[prefix + key] = number
            } else if let number = value as? Int {
                numbers[prefix + key] = Double(number)
            }
        }
    }
}
