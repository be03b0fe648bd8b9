public import Testing

/// Checks that numbers agree to within `ulps` units in the last place of what is expected.
///
/// Both zeros are equal, and so are two nans. A value too large for a `Float` expects the infinity or
/// what lies within the bound below it. The issue names the element that is furthest off.
///
/// - Parameters:
///   - actual: What was computed.
///   - expected: The oracle's answer, not yet rounded.
///   - ulps: The bound; a comment at the call says where it comes from.
///   - context: What was computed, for the message.
///   - sourceLocation: Where an issue is reported.
public func expectClose(
    _ actual: [Float], to expected: [Double], ulps: Double, _ context: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let units = expected.map { value -> Double in
        let magnitude = min(value.magnitude, Double(Float.greatestFiniteMagnitude))
        return Double(max(Float(magnitude), .leastNormalMagnitude).ulp)
    }
    expectWithin(
        actual, expected, units: units, bound: ulps, unit: "ulp", context, sourceLocation)
}

/// Checks results of sums, whose error grows with the terms and not with what is left of them.
///
/// - Parameters:
///   - actual: What was computed.
///   - expected: The oracle's answer, not yet rounded.
///   - epsilons: The bound, in units of `Float.ulpOfOne` times the magnitude; a comment at the call
///     says where it comes from.
///   - magnitudes: For each element what its error is measured by, as the sum of the magnitudes of
///     its terms.
///   - context: What was computed, for the message.
///   - sourceLocation: Where an issue is reported.
public func expectClose(
    _ actual: [Float], to expected: [Double], epsilons: Double, of magnitudes: [Double],
    _ context: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard magnitudes.count == expected.count else {
        Issue.record(
            "\(magnitudes.count) magnitudes for \(expected.count) elements",
            sourceLocation: sourceLocation)
        return
    }
    let units = magnitudes.map { magnitude -> Double in
        let unit = Double(Float.ulpOfOne) * magnitude.magnitude
        return unit.isFinite ? max(unit, Double(Float.leastNonzeroMagnitude)) : 0
    }
    expectWithin(
        actual, expected, units: units, bound: epsilons, unit: "epsilon", context, sourceLocation)
}

/// Checks that each element is off by at most `bound` of its unit.
private func expectWithin(
    _ actual: [Float], _ expected: [Double], units: [Double], bound: Double, unit: String,
    _ context: String, _ sourceLocation: SourceLocation
) {
    let prefix = context.isEmpty ? "" : context + ": "
    guard actual.count == expected.count else {
        Issue.record(
            "\(prefix)\(actual.count) elements, not \(expected.count)",
            sourceLocation: sourceLocation)
        return
    }
    var worst: (index: Int, distance: Double)?
    for (index, (a, e)) in zip(actual, expected).enumerated() {
        let distance = distance(a, e, unit: units[index])
        if distance > bound, distance > worst?.distance ?? 0 { worst = (index, distance) }
    }
    guard let worst else { return }
    Issue.record(
        """
        \(prefix)element \(worst.index) is \(actual[worst.index]), not \(expected[worst.index]): \
        \(worst.distance) \(unit) > \(bound)
        """, sourceLocation: sourceLocation)
}

/// How far two numbers are apart, in units; infinite when only one of them is a number.
private func distance(_ actual: Float, _ expected: Double, unit: Double) -> Double {
    if actual == Float(expected) && (actual.isInfinite || Double(actual) == expected) { return 0 }
    if actual.isNaN && expected.isNaN { return 0 }
    // Past the largest float the infinity stands one unit further.
    let value =
        actual.isInfinite && expected.isFinite
        ? Double(actual.sign == .minus ? -0x1p128 : 0x1p128) : Double(actual)
    let distance = (value - expected).magnitude / unit
    return distance.isNaN ? .infinity : distance
}
