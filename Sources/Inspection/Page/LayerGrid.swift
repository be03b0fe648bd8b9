import OrderedCollections
import TensorFiles

/// The weights of blocks as a grid: a row for each part of a block, a column for each block.
struct LayerGrid {
    /// The parts, in the order of a block.
    let rows: [String]
    /// The blocks that have any.
    let columns: [String]
    /// Weights by row and column; several where a block has experts.
    private let weights: OrderedDictionary<Place, [InspectedTensor]>

    private struct Place: Hashable {
        var row: String
        var layer: Int
    }

    init(_ tensors: [InspectedTensor]) {
        var weights: OrderedDictionary<Place, [InspectedTensor]> = [:]
        var order: OrderedDictionary<String, Int> = [:]
        var layers: Set<Int> = []
        for tensor in tensors {
            guard let (row, layer) = Self.place(of: tensor.name, tensor.role) else { continue }
            weights[Place(row: row, layer: layer), default: []].append(tensor)
            layers.insert(layer)
            order[row] = order[row] ?? Self.rank(of: tensor.role, among: order.count)
        }
        self.weights = weights
        rows = order.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
        columns = layers.sorted().map(String.init)
    }

    /// Where a part stands among those of a block; those of unknown names follow as they come.
    static func rank(of role: TensorRole?, among count: Int) -> Int {
        let kinds = TensorRole.Kind.allCases
        return role.flatMap { kinds.firstIndex(of: $0.kind) } ?? kinds.count + count
    }

    /// Whether a block has several weights of one part.
    var hasExperts: Bool { weights.values.contains { $0.count > 1 } }

    /// The part and the block that a weight is of; nil for biases and for what stands outside of blocks.
    ///
    /// Where no family knows the name, the part is the name with its first number left out.
    static func place(of name: String, _ role: TensorRole?) -> (row: String, layer: Int)? {
        if let role {
            guard !role.isBias, let layer = role.layer else { return nil }
            return (role.kind.rawValue.split(separator: "_").joined(separator: " "), layer)
        }
        guard !name.hasSuffix("bias") else { return nil }
        var parts = CheckpointInspection.short(name).split(separator: ".").map(String.init)
        guard let place = parts.firstIndex(where: { $0.count < 6 && Int($0) ?? -1 >= 0 }),
            let layer = Int(parts[place])
        else { return nil }
        parts[place] = "#"
        return (parts.joined(separator: "."), layer)
    }

    /// A number of each cell, with the name of the weight that has it.
    ///
    /// - Parameters:
    ///   - isSmallest: Whether the smallest counts where a block has several weights of one part.
    ///   - number: The number of a weight; nil where it has none.
    /// - Returns: The cells that have one, in the order of the file.
    func cells(isSmallest: Bool = false, _ number: (InspectedTensor) -> Double?)
        -> [(row: String, column: String, value: Double, name: String)]
    {
        weights.compactMap { place, tensors in
            let found = tensors.compactMap { tensor in number(tensor).map { ($0, tensor.name) } }
            let best =
                isSmallest ? found.min { $0.0 < $1.0 } : found.max { $0.0 < $1.0 }
            return best.map { (place.row, "\(place.layer)", $0.0, $0.1) }
        }
    }
}
