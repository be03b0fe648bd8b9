import Programs
public import Tensors

/// A weight of a module: where it stands, what it is, and which part of the norm is its own.
public struct Parameter: Sendable {
    /// The names of the places from the outermost module to the atom, as `blocks.3.attention.query`;
    /// empty for an atom that stands alone.
    public var path: String
    /// What the weight does.
    public var atom: any Atom
    /// How much the weight takes part in the change of the output, beside others of the module.
    public var mass: Double
    /// The size of the weight's change, in its own norm, in a change of the module of norm one.
    ///
    /// In a composition it is the atom's part of the mass over the sensitivity of all that comes
    /// after it.
    public var share: Bound

    /// Describes a weight.
    public init(path: String, atom: any Atom, mass: Double, share: Bound) {
        self.path = path
        self.atom = atom
        self.mass = mass
        self.share = share
    }

    /// The extents of the weight.
    public var shape: Shape { atom.shape }

    /// The parameter as part of a larger module.
    ///
    /// - Parameters:
    ///   - key: The name of the module that has it; nil when that is the only one with weights.
    ///   - factor: What becomes of the share.
    /// - Returns: The parameter with the longer path.
    func placed(under key: String?, _ factor: Bound) -> Parameter {
        var copy = self
        copy.path = [key ?? "", path].filter { !$0.isEmpty }.joined(separator: ".")
        copy.share = share * factor
        return copy
    }

    /// The share; one that is unknown makes the program refuse to be built.
    func knownShare(in builder: ProgramBuilder) -> Double {
        guard let share = share.value else {
            builder.report(
                .malformed(
                    "the share of weight '\(path)' in the norm is unknown, since a sensitivity after "
                        + "it is; give that module one with assuming(sensitivity:)"))
            return 1
        }
        return share
    }
}
