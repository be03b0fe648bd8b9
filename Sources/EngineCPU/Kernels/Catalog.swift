import Programs

/// Kernels for composites.
///
/// A composite without an entry runs as its body.
enum KernelCatalog {
    /// Makes the kernels of an instruction.
    private typealias Maker =
        @Sendable (any Composite, Program.Instruction, inout KernelContext) throws -> [any Kernel]

    private static let makers: [String: Maker] = Dictionary(
        uniqueKeysWithValues: [
            entry(AdamWKernel.make),
            entry(AttentionKernel.make),
            entry(AttentionGradientKernel.make),
            entry(CrossEntropyKernel.make),
            entry(CrossEntropyGradientKernel.make),
            entry { (composite: GELU, instruction, context) in
                try GELUKernel.make(composite, instruction, &context)
            },
            entry { (composite: GELUGradient, instruction, context) in
                try GELUKernel.make(composite, instruction, &context)
            },
            entry(NormalizationKernel.make),
            entry(NormalizationGradientKernel.make),
            entry(RotaryKernel.make),
        ])

    /// The entry of the composite that `make` takes.
    ///
    /// - Precondition: What is compiled under the composite's name is that composite: kernels of
    ///   another would compute something else.
    private static func entry<C: Composite>(
        _ make:
            @escaping @Sendable (C, Program.Instruction, inout KernelContext) throws ->
            [any Kernel]
    ) -> (String, Maker) {
        (
            C.name,
            { composite, instruction, context in
                guard let own = composite as? C else {
                    preconditionFailure(
                        "\(C.name): kernels of \(C.self), and a \(type(of: composite)) to compute")
                }
                return try make(own, instruction, &context)
            }
        )
    }

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
