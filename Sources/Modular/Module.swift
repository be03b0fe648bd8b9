public import Norms
public import OrderedCollections
public import Programs
public import Tensors

/// A function with weights that knows how far its output moves when its weights or inputs do.
///
/// A module is **well-normed** when, for all admissible weights and inputs,
///
/// ```
/// ‖∂f/∂w · Δw‖ ≤ norm(Δw)        ‖∂f/∂x · Δx‖ ≤ μ ‖Δx‖        μ the sensitivity
/// ```
///
/// Compositions, tuples and sums of well-normed modules are well-normed, with numbers that follow from
/// those of their parts, where each part is given what it admits. A module is described once, by what it computes and by the table of its
/// ``parameters``; from the shares in that table follow its norm, the dual map and the projection:
///
/// ```
/// norm(w)     = maxₖ normₖ(wₖ) / shareₖ
/// dualize(g)ₖ = shareₖ · dualizeₖ(gₖ)
/// project(w)ₖ = projectₖ(wₖ)
/// ```
///
/// Activations are measured by the largest root mean square along the last axis, over all others,
/// unless a module says otherwise; a tuple of activations by the sum over its entries. The norm of a
/// change is that of its first order.
///
/// ```swift
/// let mlp = Linear(10, from: 256) ∘ ReLU() ∘ Linear(256, from: 784)
/// ```
///
/// To write one: an ``Atom`` has a weight, a ``Bond`` has none, and everything else is composed.
///
/// Source: Large et al., arXiv 2405.14813, sections 2 and 3; Bernstein and Newhouse,
/// arXiv 2410.21265, section 3.
public protocol Module: Sendable, CustomStringConvertible {
    /// How much of the change of the output the module takes part in, beside others; at least zero.
    var mass: Double { get }

    /// μ, a bound of the change of the output over the change of the input.
    var sensitivity: Bound { get }

    /// Bounds of second derivatives; nil where there are none or they are not known.
    var sharpness: Sharpness? { get }

    /// The weights, in the order of computation, with their shares of the norm.
    var parameters: [Parameter] { get }

    /// Computes the outputs.
    ///
    /// - Parameters:
    ///   - inputs: The entries of the input, one unless it is a tuple.
    ///   - weights: A value for each of ``parameters``.
    /// - Returns: The entries of the output.
    func forward(_ inputs: [Value], _ weights: Weights) -> [Value]

    /// The module with its mass, and that of all its parts, multiplied.
    func tared(by factor: Double) -> Self
}

extension Module {
    /// The norm of a change of the weights: `maxₖ normₖ(Δwₖ) / shareₖ`.
    ///
    /// Weights without mass do not count.
    ///
    /// - Parameter change: A change for each of ``parameters``.
    /// - Returns: A scalar.
    /// - Precondition: There are parameters.
    public func norm(_ change: Weights) -> Value {
        let norms = parameters.map { parameter -> Value in
            let value = change[parameter.path]
            let share = parameter.knownShare(in: value.builder)
            return share == 0 ? value.sum() * 0 : parameter.atom.norm(value) / share
        }
        return norms.dropFirst().reduce(norms[0]) { $0.maximum($1) }
    }

    /// The dual norm of a gradient, the largest `⟨g, Δw⟩` of changes of norm one: `⟨g, dualize(g)⟩`.
    ///
    /// - Parameters:
    ///   - gradient: A gradient for each of ``parameters``.
    ///   - orthogonalization: What orthogonalises; its band is that of the result.
    /// - Returns: A scalar, which is `Σₖ shareₖ ‖gₖ‖†`.
    /// - Precondition: There are parameters.
    public func dualNorm(_ gradient: Weights, by orthogonalization: NewtonSchulz = .modula) -> Value
    {
        gradient.inner(dualize(gradient, by: orthogonalization))
    }

    /// The change of a given norm that is farthest along a gradient: each weight takes all of its
    /// share.
    ///
    /// A gradient of zero gives zero.
    ///
    /// - Parameters:
    ///   - gradient: A gradient for each of ``parameters``.
    ///   - target: The norm of the result.
    ///   - orthogonalization: What orthogonalises; its band is that of the result's norm.
    /// - Returns: A change for each of ``parameters``.
    public func dualize(
        _ gradient: Weights, to target: Double = 1, by orthogonalization: NewtonSchulz = .modula
    ) -> Weights {
        Weights(parameters) { parameter in
            let value = gradient[parameter.path]
            let share = parameter.knownShare(in: value.builder)
            return parameter.atom.dualize(value, by: orthogonalization) * (target * share)
        }
    }

    /// The admissible weights near these.
    ///
    /// - Parameters:
    ///   - weights: A weight for each of ``parameters``.
    ///   - orthogonalization: What orthogonalises.
    /// - Returns: A weight for each of ``parameters``.
    public func project(
        _ weights: Weights, by orthogonalization: NewtonSchulz = .modula
    ) -> Weights {
        Weights(parameters) { parameter in
            parameter.atom.project(weights[parameter.path], by: orthogonalization)
        }
    }

    /// Admissible weights to start from, each a function of the key and of its path alone.
    ///
    /// - Parameter key: The randomness.
    /// - Returns: A tensor of `f32` for each of ``parameters``.
    public func initialize(_ key: RandomKey) -> ParameterTree {
        var tree = ParameterTree()
        for parameter in parameters {
            tree[parameter.path] = parameter.atom.initialize(key.split(parameter.path))
        }
        return tree
    }

    /// The name of the place that the module takes among others; nil for a number.
    var label: String? { (self as? Named)?.name }
}
