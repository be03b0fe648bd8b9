public import Telemetry

/// A value of a swept setting.
public enum SettingValue: Sendable, Hashable, Codable {
    /// A truth value.
    case flag(Bool)
    /// A number.
    case number(Double)
    /// A word.
    case text(String)

    /// Reads a JSON value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    /// Writes a JSON value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }
}

/// What a folder says of one cell of a sweep.
public enum CellState: String, Sendable, Hashable, Codable {
    /// No process has begun it.
    case missing
    /// A process holds its lock.
    case running
    /// Begun, and nobody is at it.
    case interrupted
    /// Its process ended with an error.
    case failed
    /// It has a result, and its numbers left the finite ones.
    case diverged
    /// It has a result.
    case finished
}

/// One cell of a sweep, as read from its folder.
public struct CellRecord: Sendable, Hashable {
    /// The name of the cell's folder.
    public var name: String
    /// The swept key paths and this cell's values, as `optimizer.learning-rate` -> 0.01.
    public var settings: [String: SettingValue]
    /// The cell's state.
    public var state: CellState
    /// The result, when there is one.
    public var result: RunResult?
    /// What the run logged.
    public var series: [Metric: Series]

    /// Creates a record.
    public init(
        name: String, settings: [String: SettingValue], state: CellState, result: RunResult?,
        series: [Metric: Series]
    ) {
        self.name = name
        self.settings = settings
        self.state = state
        self.result = result
        self.series = series
    }
}

/// A sweep as read from its folder.
public struct SweepRecord: Sendable, Hashable {
    /// The study's name.
    public var name: String
    /// The swept key paths in the order of the study file.
    public var axes: [String]
    /// All cells, in the order of the grid.
    public var cells: [CellRecord]
    /// Seconds during which at least one cell was being trained.
    public var wallSeconds: Double

    /// Creates a record.
    public init(name: String, axes: [String], cells: [CellRecord], wallSeconds: Double) {
        self.name = name
        self.axes = axes
        self.cells = cells
        self.wallSeconds = wallSeconds
    }
}
