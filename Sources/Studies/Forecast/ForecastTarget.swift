import Foundation
import Modules
import Sweeps
public import Training

/// A size to forecast for, in parameters of attention and MLP matrices
/// (`Modules.ModelConfiguration.matrixParameters`).
public struct ForecastTarget: Sendable, Hashable {
    /// As a person wrote it.
    public let text: String
    /// Parameters of attention and MLP matrices.
    public let parameters: Double
    /// The width and the depth; nil where a number of parameters was written.
    public let shape: Shape?

    /// A width and a depth.
    public struct Shape: Sendable, Hashable {
        /// The width of the residual stream.
        public let width: Int
        /// Blocks.
        public let depth: Int
    }

    /// Reads `1.3B`, `350M`, `20000` or `2048x24`, a width and a depth.
    ///
    /// - Parameters:
    ///   - text: What was written.
    ///   - configuration: What else a model of some width and depth is made of; nil where that is not known.
    /// - Throws: `ConfigurationError` for text that is neither.
    public init(
        _ text: String, like configuration: RunConfiguration?
    ) throws(ConfigurationError) {
        self.text = text
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        if sides.count == 2, let width = sides[0], let depth = sides[1], width > 0, depth > 0 {
            guard let model = configuration?.model else {
                throw .impossible(
                    key: "--target",
                    reason: "\(text): the runs do not say what their blocks are made of; give a "
                        + "number of parameters of attention and MLP matrices (1.3B)")
            }
            parameters = Double(depth) * model.blockShare * Double(width) * Double(width)
            shape = Shape(width: width, depth: depth)
            return
        }
        let units: [Character: Double] = ["k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12]
        let factor = text.lowercased().last.flatMap { units[$0] }
        let digits = factor == nil ? text[...] : text.dropLast()
        let number = digits.allSatisfy { "0123456789.e+-".contains($0) } ? Double(digits) : nil
        guard let number, number > 0, number.isFinite else {
            throw .impossible(
                key: "--target",
                reason: "\(text) is neither a number of parameters (1.3B, 350M, 20000) nor a width "
                    + "and a depth (2048x24)")
        }
        parameters = number * (factor ?? 1)
        shape = nil
    }

    /// A size by the width and the depth of its model, under another name.
    ///
    /// - Parameters:
    ///   - text: What it is called.
    ///   - model: The model.
    public init(_ text: String, of model: RunConfiguration) {
        self.text = text
        parameters = Double(model.model.matrixParameters)
        shape = Shape(width: model.model.width, depth: model.model.depth)
    }

    /// Whether a number of parameters is that of a model: of its matrices, or of all with embedding and head,
    /// within a twentieth.
    ///
    /// - Parameters:
    ///   - configuration: The model.
    ///   - vocabulary: Its tokens.
    /// - Returns: False where a width and a depth were asked for.
    public func isSize(of configuration: RunConfiguration, vocabulary: Int) -> Bool {
        guard shape == nil else { return false }
        let model = configuration.model
        let tables = Double(model.tiedHead ? 1 : 2) * Double(vocabulary) * Double(model.width)
        let matrices = Double(configuration.model.matrixParameters)
        return [matrices, matrices + tables].contains { abs(parameters / $0 - 1) <= 0.05 }
    }

    /// The width and the depth that was asked for, or those of the family of a configuration: its depth, and
    /// the width whose matrices have about as many parameters.
    ///
    /// - Parameter configuration: The family: depth, width of heads and MLP.
    /// - Returns: A width that is a multiple of that of heads.
    /// - Throws: `ConfigurationError` for a target too large to be a model.
    public func shape(like configuration: RunConfiguration) throws(ConfigurationError) -> Shape {
        guard parameters < 1e15 else {
            throw .impossible(
                key: "--target", reason: "\(text) is more than 1e15 parameters; give fewer")
        }
        if let shape { return shape }
        let model = configuration.model
        let width = (parameters / (Double(model.depth) * model.blockShare)).squareRoot()
        // Whole heads, in whole groups that share keys.
        let unit = configuration.widthUnit(head: model.headDimension)
        let units = max((width / Double(unit)).rounded(), 1)
        return Shape(width: Int(units) * unit, depth: model.depth)
    }
}
