public import OrderedCollections

/// Tensors addressed by path, as `blocks.3.attention.query`, in the order of the model.
///
/// Parameters, gradients and optimizer state are such trees. A path is never replaced by a position:
/// whatever belongs to a parameter stands in another table under the same path.
public typealias ParameterTree = OrderedDictionary<String, Tensor>
