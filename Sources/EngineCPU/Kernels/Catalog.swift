import Programs

/// Kernels for composites.
///
/// A composite without an entry runs as its body.
enum KernelCatalog {
    /// Makes the kernels of an instruction.
    typealias Maker =
        @Sendable (any Composite, Program.Instruction, inout KernelContext) throws -> [any Kernel]

    private static let makers: [String: Maker] = [
        AdamWUpdate.name: AdamWKernel.make,
        CausalAttention.name: AttentionKernel.make,
        CausalAttentionGradient.name: AttentionGradientKernel.make,
        CrossEntropy.name: CrossEntropyKernel.make,
        CrossEntropyGradient.name: CrossEntropyGradientKernel.make,
        GELU.name: GELUKernel.make,
        GELUGradient.name: GELUKernel.make,
        Normalization.name: NormalizationKernel.make,
        NormalizationGradient.name: NormalizationGradientKernel.make,
        Rotary.name: RotaryKernel.make,
    ]

    /// Whether a composite has kernels of its own.
    static func has(_ composite: any Composite) -> Bool {
        makers[type(of: composite).name] != nil
    }

    static func kernels(
        _ composite: any Composite, _ instruction: Program.Instruction,
        _ context: inout KernelContext
    ) throws -> [any Kernel] {
        guard let make = makers[type(of: composite).name] else {
            throw ProgramError.malformed("no kernel for \(type(of: composite).name)")
        }
        return try make(composite, instruction, &context)
    }
}
