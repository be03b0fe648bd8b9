extension Int {
    /// The whole number nearest to one from outside, which may be anything: those beyond the range of `Int`
    /// become its ends, and nan 0.
    package init(clamped value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= 0x1p63 {
            self = .max
        } else if value < -0x1p63 {
            self = .min
        } else {
            self = Int(value.rounded())
        }
    }
}
