import Foundation
import Yams

/// A configuration as keys with their values in words.
enum Settings {
    /// The longest that is read, in bytes.
    private static let longest = 1 << 20
    /// The most keys.
    private static let most = 2_000

    /// The keys of `config.yaml` by path, as `optimizer.learning-rate`; empty where it cannot be read.
    static func read(_ path: String) -> [String: String] {
        guard let stamp = FileStamp(path), stamp.bytes <= longest,
            let text = try? String(contentsOfFile: path, encoding: .utf8),
            let tree = try? Yams.load(yaml: text) as? [String: Any]
        else { return [:] }
        var settings: [String: String] = [:]
        collect(tree, "", 0, &settings)
        return settings
    }

    private static func collect(
        _ tree: [String: Any], _ prefix: String, _ depth: Int, _ settings: inout [String: String]
    ) {
        guard depth < 8 else { return }
        for (key, value) in tree where settings.count < most {
            if let inner = value as? [String: Any] {
                // W&B wraps each value.
                if let wrapped = inner["value"], inner.count <= 2, !(wrapped is [String: Any]) {
                    settings[prefix + key] = text(wrapped, key)
                } else {
                    collect(inner, prefix + key + ".", depth + 1, &settings)
                }
            } else {
                settings[prefix + key] = text(value, key)
            }
        }
    }

    /// A value in words; numbers as short as they can be, learning rates as `1e-2` whatever their size.
    static func text(_ value: Any, _ key: String = "") -> String {
        if key.hasSuffix("learning-rate") || key.hasSuffix("learning_rate"),
            let number = value as? Double ?? (value as? Int).map(Double.init), number > 0,
            number < 1
        {
            return power(number) ?? self.number(number)
        }
        switch value {
        case let flag as Bool: return flag ? "true" : "false"
        case let whole as Int: return "\(whole)"
        case let number as Double: return self.number(number)
        case let list as [Any]: return "[" + list.map { text($0) }.joined(separator: ", ") + "]"
        case is NSNull: return "null"
        default: return String("\(value)".prefix(400))
        }
    }

    /// A number in the fewest digits: `0.1`, `1e-4`, `64`.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        if value == value.rounded(), value.magnitude < 1e6 { return "\(Int(value))" }
        guard value.magnitude < 0.01 || value.magnitude >= 1e6 else { return "\(value)" }
        return power(value) ?? "\(value)"
    }

    /// A number as `3e-4`, in the fewest digits.
    private static func power(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        for digits in 0..<17 {
            let text = String(format: "%.\(digits)e", value)
            guard Double(text) == value else { continue }
            let parts = text.split(separator: "e")
            guard parts.count == 2, let exponent = Int(parts[1]) else { return nil }
            return "\(parts[0])e\(exponent)"
        }
        return nil
    }
}
