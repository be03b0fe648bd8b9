public import Norms
public import Programs
public import Tensors

/// A convolution over two axes, with zeros around the image so that it keeps its size, without bias.
///
/// | | |
/// |---|---|
/// | weight | (k, k, outputs m, inputs n): a matrix for each place of the kernel |
/// | norm | `k² maxᵢⱼ √(n/m) ‖Wᵢⱼ‖₂` |
/// | dualize | `√(m/n) Uᵢⱼ Vᵢⱼᵀ / k²` at each place |
/// | admissible weights | at each place `√(m/n)/k²` times a matrix with orthonormal rows or columns |
/// | admissible inputs | (batch, height, width, n), of root mean square at most one at each pixel |
///
/// Each pixel of the result is a sum over k² places, so that its root mean square is at most the sum of
/// the places' norms: that of the worst place times k².
///
/// Built as one product: the neighbours of each pixel stand beside one another along the last axis.
///
/// Source: arXiv 2410.21265, section 4.1.
public struct Conv2D: Atom {
    /// The extent of the last axis of the result.
    public var outputs: Int
    /// The extent of the last axis of the operand.
    public var inputs: Int
    /// k, odd.
    public var kernel: Int
    public var mass = 1.0

    /// A convolution to `outputs` from `inputs` channels, of mass one.
    ///
    /// - Precondition: `kernel` is odd.
    public init(_ outputs: Int, from inputs: Int, kernel: Int) {
        precondition(kernel > 0 && kernel % 2 == 1, "Conv2D: a kernel of \(kernel) has no middle")
        (self.outputs, self.inputs, self.kernel) = (outputs, inputs, kernel)
    }

    public var shape: Shape { [kernel, kernel, outputs, inputs] }

    private var places: Double { Double(kernel * kernel) }

    /// √(m/n)/k², the spectral norm of each place in a kernel of norm one.
    private var scale: Double { (Double(outputs) / Double(inputs)).squareRoot() / places }

    public func forward(_ x: Value, _ w: Value) -> Value {
        let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        let margin = kernel / 2
        let padded = x.padded(low: [0, margin, margin, 0], high: [0, margin, margin, 0])
        let neighbours = (0..<kernel * kernel).map { place in
            let (row, column) = (place / kernel, place % kernel)
            return padded.slice(
                from: [0, row, column, 0], to: [batch, row + height, column + width, inputs])
        }
        // (outputs, k, k, inputs), in the order of the neighbours.
        let matrix = w.transposed([2, 0, 1, 3]).reshaped([outputs, kernel * kernel * inputs])
        return Value.concatenate(neighbours, axis: 3).dot(matrix, DotAxes(contracted: ([3], [1])))
    }

    public func initialize(_ key: RandomKey) -> Tensor {
        let matrices = (0..<kernel * kernel).flatMap { place in
            Tensor.orthogonal(rows: outputs, columns: inputs, scale: scale, key.split(place)).floats
        }
        return Tensor(matrices, shape: shape)
    }

    public func norm(_ change: Value) -> Value {
        let norms = matrices(change).map { $0.spectralNorm() / scale }
        return norms.dropFirst().reduce(norms[0]) { $0.maximum($1) }
    }

    public func dualize(_ gradient: Value, by orthogonalization: NewtonSchulz) -> Value {
        let one: Shape = [1, outputs, inputs]
        let duals = matrices(gradient).map {
            (orthogonalization.orthogonalized($0) * scale).reshaped(one)
        }
        return Value.concatenate(duals, axis: 0).reshaped(shape)
    }

    public func project(_ weight: Value, by orthogonalization: NewtonSchulz) -> Value {
        dualize(weight, by: orthogonalization)
    }

    /// The matrix of each place.
    private func matrices(_ weight: Value) -> [Value] {
        let flat = weight.reshaped([kernel * kernel, outputs, inputs])
        return (0..<kernel * kernel).map { place in
            flat.slice(from: [place, 0, 0], to: [place + 1, outputs, inputs])
                .reshaped([outputs, inputs])
        }
    }

    /// `Conv2D(16, from: 3, kernel: 3)`.
    public var description: String { "Conv2D(\(outputs), from: \(inputs), kernel: \(kernel))" }
}
