public import RunTables

/// What grows over a transfer study.
public enum TransferAxis: String, Sendable, Hashable, Codable, CaseIterable {
    /// The width of the residual stream.
    case width
    /// The number of blocks.
    case depth
    /// The number of steps: the horizon.
    case steps

    /// The axis of tables of runs.
    var axis: RunTable.Axis {
        switch self {
        case .width: .width
        case .depth: .depth
        case .steps: .steps
        }
    }

    /// The size of a run along this axis; nil where it is not known.
    public func extent(of row: RunRow) -> Int? {
        switch self {
        case .width: row.width
        case .depth: row.depth
        case .steps: row.steps
        }
    }
}
