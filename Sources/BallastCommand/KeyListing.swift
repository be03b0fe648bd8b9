import Ballast
import Foundation

/// The table of keys, as `ballast config --keys` prints it.
enum KeyListing {
    /// A key, with the rules that have it where not all do.
    private struct Entry {
        var key: ConfigurationKey
        /// The default with each rule of ``rules``.
        var defaults: [KeyValue]
        var rules: [String]
    }

    /// All keys once, those of some rules alone after those that they stand among.
    private static var entries: [Entry] {
        var entries: [Entry] = []
        var places: [String: Int] = [:]
        for rule in OptimizerCatalog.names {
            let defaults = RunConfiguration(rule: rule)
            for key in KeyTable(rule: rule)?.keys ?? [] {
                guard let value = key.value(in: defaults) else { continue }
                // Rules may have different words under one name.
                let name = "\(key.path) \(key.domain.type) \(key.domain.range)"
                if let place = places[name] {
                    entries[place].defaults.append(value)
                    entries[place].rules.append(rule)
                } else {
                    places[name] = entries.count
                    entries.append(Entry(key: key, defaults: [value], rules: [rule]))
                }
            }
        }
        var sections: [String: Int] = [:]
        for entry in entries where sections[entry.key.section] == nil {
            sections[entry.key.section] = sections.count
        }
        let ranked = entries.enumerated().sorted {
            let (a, b) = (sections[$0.element.key.section], sections[$1.element.key.section])
            return (a ?? 0, $0.offset) < (b ?? 0, $1.offset)
        }
        return ranked.map(\.element)
    }

    /// The keys by section, at most 80 columns wide.
    static func text() -> String {
        var lines: [String] = []
        var section = ""
        for entry in entries {
            let key = entry.key
            if key.section != section {
                section = key.section
                if !lines.isEmpty { lines.append("") }
                lines.append(section)
            }
            let unit = key.unit.isEmpty ? "" : " " + key.unit
            let isOne = Set(entry.defaults).count == 1
            let value = isOne ? entry.defaults[0].text + unit : "by rule"
            lines += wrapped("\(key.path): \(value)", indent: 2)
            lines += wrapped(kind(of: key), indent: 6)
            lines += wrapped(key.meaning, indent: 6)
            if entry.rules.count < OptimizerCatalog.names.count || !isOne {
                let values = Dictionary(grouping: zip(entry.rules, entry.defaults)) { $1 }
                    .map { (value: $0.key.text, rules: $0.value.map(\.0)) }
                    .sorted { $0.rules[0] < $1.rules[0] }
                let rules = values.map { value in
                    let names = value.rules.joined(separator: ", ")
                    return values.count == 1 ? names : "\(value.value) with \(names)"
                }
                lines += wrapped("of rule: " + rules.joined(separator: "; "), indent: 6)
            }
        }
        lines += ["", "a study file"]
        for key in Study.fileKeys { lines += wrapped("\(key.name): \(key.meaning)", indent: 2) }
        lines += ["", "interventions"]
        lines += wrapped(
            "A list of names that set some of these keys; ballast config --interventions lists them.",
            indent: 2)
        lines += ["", "lengths"]
        lines += wrapped(
            "tokens or tokens-per-parameter stand in place of steps, schedule.warmup-steps or "
                + "-tokens and schedule.cooldown-steps or -tokens in place of the parts of the run; "
                + "amounts as 2000, 20M or 1.5B.", indent: 2)
        return lines.joined(separator: "\n")
    }

    private static func kind(of key: ConfigurationKey) -> String {
        let off = key.off.map { "; null for \($0.text)" } ?? ""
        switch key.domain {
        case .word: return "one of " + key.domain.range + off
        case .words(let words):
            return (words.isEmpty ? "list of words" : "list of " + key.domain.range) + off
        case .flag: return key.domain.type
        case .seed: return "whole number \(key.domain.range)"
        case .whole, .number: return "\(key.domain.type) \(key.domain.range)" + off
        }
    }

    /// A text in lines of at most 80 columns, all but the first two deeper than that.
    private static func wrapped(_ text: String, indent: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let margin = indent + (lines.isEmpty ? 0 : 2)
            if !line.isEmpty, margin + line.count + 1 + word.count > 80 {
                lines.append(String(repeating: " ", count: margin) + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        let margin = indent + (lines.isEmpty ? 0 : 2)
        return lines + [String(repeating: " ", count: margin) + line]
    }

    /// The keys as JSON.
    static func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let keys = Keys(keys: entries.map(Row.init))
        return String(decoding: try encoder.encode(keys), as: UTF8.self)
    }

    private struct Keys: Encodable {
        let schema = "ballast.keys/1"
        let keys: [Row]
        let study = Study.fileKeys.map { StudyRow(key: $0.name, meaning: $0.meaning) }
    }

    private struct StudyRow: Encodable {
        let key: String
        let meaning: String
    }

    private struct Row: Encodable {
        let key: String
        let section: String
        let type: String
        let minimum: Value?
        let maximum: Value?
        let excludesMinimum: Bool?
        let excludesMaximum: Bool?
        let choices: [String]?
        let unit: String?
        let null: Value?
        let meaning: String
        /// The default, where it is that of all rules.
        let value: Value?
        /// The default with each rule, where they differ.
        let values: [String: Value]?
        /// The rules that have the key, where not all do.
        let rules: [String]?

        private enum CodingKeys: String, CodingKey {
            case key, section, type, minimum, maximum, choices, unit, null, meaning, rules
            case value = "default"
            case values = "defaults_by_rule"
            case excludesMinimum = "excludes_minimum"
            case excludesMaximum = "excludes_maximum"
        }

        init(_ entry: Entry) {
            let key = entry.key
            self.key = key.path
            section = key.section
            type = key.domain.type
            unit = key.unit.isEmpty ? nil : key.unit
            null = key.off.map(Value.init)
            meaning = key.meaning
            let isOne = Set(entry.defaults).count == 1
            value = isOne ? Value(entry.defaults[0]) : nil
            values =
                isOne
                ? nil
                : Dictionary(uniqueKeysWithValues: zip(entry.rules, entry.defaults.map(Value.init)))
            rules = entry.rules.count == OptimizerCatalog.names.count ? nil : entry.rules
            var ends: (Value?, Value?) = (nil, nil)
            var excluded: (Bool?, Bool?) = (nil, nil)
            var words: [String]?
            switch key.domain {
            case .whole(let range):
                ends = (Value(.whole(range.lowerBound)), Value(.whole(range.upperBound)))
            case .seed: ends = (Value(.seed(0)), Value(.seed(.max)))
            case .number(let range):
                ends = (Value(.number(range.lower)), Value(.number(range.upper)))
                excluded = (range.excludesLower, range.excludesUpper)
            case .word(let choices): words = choices
            case .words(let choices): words = choices.isEmpty ? nil : choices
            case .flag: break
            }
            (minimum, maximum) = ends
            (excludesMinimum, excludesMaximum) = excluded
            choices = words
        }
    }

    /// A value as JSON has it.
    private struct Value: Encodable {
        let value: KeyValue

        init(_ value: KeyValue) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .whole(let value): try container.encode(value)
            case .seed(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .flag(let value): try container.encode(value)
            case .word(let value): try container.encode(value)
            case .words(let value): try container.encode(value)
            }
        }
    }
}
