import Foundation
import Yams

extension ConfigurationFile {
    /// The configuration as YAML, every key with its value; numbers read back to the same bits.
    public static func text(of configuration: RunConfiguration) -> String {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = false
        guard let text = try? encoder.encode(configuration) else { return "" }
        // Yams rounds to fifteen digits, JSONEncoder does not: the lines of one, the numbers of the other.
        guard let json = try? JSONEncoder().encode(configuration),
            let values = try? JSONDecoder().decode(Numbers.self, from: json)
        else { return text }
        var open: [(indent: Int, key: Substring)] = []
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let indent = line.prefix { $0 == " " }.count
            guard let colon = line.firstIndex(of: ":") else { return String(line) }
            while let last = open.last, last.indent >= indent { open.removeLast() }
            open.append((indent, line[line.index(line.startIndex, offsetBy: indent)..<colon]))
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            // Whole numbers are exact.
            guard Int(value) == nil, UInt64(value) == nil, let read = Double(value),
                let number = values.number(at: open.map { String($0.key) })
            else { return String(line) }
            let shortest = "\(number)"
            guard read != number || shortest.count < value.count else { return String(line) }
            return line[...colon] + " " + shortest
        }.joined(separator: "\n")
    }

    /// The numbers of a value, by key.
    private enum Numbers: Decodable {
        case number(Double)
        case mapping([String: Numbers])
        case other

        init(from decoder: any Decoder) throws {
            // Numbers first: what throws takes its time.
            if let number = try? decoder.singleValueContainer().decode(Double.self) {
                self = .number(number)
            } else if let mapping = try? [String: Numbers](from: decoder) {
                self = .mapping(mapping)
            } else {
                self = .other
            }
        }

        func number(at path: [String]) -> Double? {
            var value = self
            for key in path {
                guard case .mapping(let values) = value, let child = values[key] else { return nil }
                value = child
            }
            guard case .number(let number) = value else { return nil }
            return number
        }
    }
}
