import Documents
import Foundation
import RunTables
import Runs

/// How findings write numbers and settings.
enum FindingText {
    /// Three significant digits.
    static func number(_ value: Double) -> String { NumberText.short(value) }

    /// `model.width=16, variant=none`, in the order of the keys.
    static func settings(_ settings: [String: SettingValue]) -> String {
        settings.sorted { $0.key < $1.key }.map { key, value in
            key == "variant" ? value.text : "\(key)=\(value.text)"
        }.joined(separator: ", ")
    }
}
