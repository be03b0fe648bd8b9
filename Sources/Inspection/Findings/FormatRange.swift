import Statistics

extension CheckpointRule {
    /// Weights whose largest magnitude no number of fp16 or e4m3 reaches.
    static let formatRange = CheckpointRule { inspection in
        let formats: [(NumberFormat, CheckpointFinding.Severity)] = [
            (.fp16, .alarm), (.e4m3, .note),
        ]
        return formats.compactMap { format, severity in
            let over = inspection.tensors.filter { ($0.headroom[format.rawValue] ?? 1) < 0 }
            guard
                let worst = over.max(by: {
                    $0.statistics?.largest ?? 0 < $1.statistics?.largest ?? 0
                }), let largest = worst.statistics?.largest
            else { return nil }
            return CheckpointFinding(
                severity: severity, kind: "overflow_\(format.rawValue)", tensor: worst.name,
                layer: worst.role?.layer,
                summary:
                    "\(over.count) tensor\(over.count == 1 ? " holds" : "s hold") numbers above "
                    + "\(format.rawValue)'s largest, "
                    + "\(NumberText.short(format.largest)); the largest is "
                    + "\(NumberText.short(largest)) in \(worst.name)",
                advice: format == .fp16
                    ? "keep these in bf16 or f32" : "scale these before they are cast",
                source: "2209.05433",
                confirmation: "the tensor cast to the format and back: infinite or cut off there")
        }
    }
}
