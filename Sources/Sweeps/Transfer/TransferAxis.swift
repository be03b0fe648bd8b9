import Modules
public import Training

/// What grows over a transfer study.
public enum TransferAxis: String, Sendable, Hashable, Codable, CaseIterable {
    /// The width of the residual stream.
    case width
    /// The number of blocks.
    case depth
    /// The number of steps: the horizon.
    case steps

    /// The key of configuration files.
    public var key: String {
        switch self {
        case .width: "model.width"
        case .depth: "model.depth"
        case .steps: "steps"
        }
    }

    /// The size of a configuration along this axis.
    public func extent(of configuration: RunConfiguration) -> Int {
        switch self {
        case .width: configuration.model.width
        case .depth: configuration.model.depth
        case .steps: configuration.steps
        }
    }
}
