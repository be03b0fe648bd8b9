/// One file of Python that measures a run of another framework, under Ballast's tags.
///
/// ```swift
/// try AtomicFile.write(ProbeScript.pytorch.text, to: "ballast_probe.py")
/// ```
///
/// The file depends on torch or jax alone, and its log is what `ballast import` and `ballast doctor` read.
package enum ProbeScript: String, Sendable, CaseIterable {
    /// Hooks on model and optimizer, and a callback for Hugging Face's Trainer.
    case pytorch
    /// A wrapper of an Optax optimizer, and functions for the model.
    case jax

    /// The file.
    package var text: String {
        let parts =
            switch self {
            case .pytorch:
                [
                    Self.torchHead, Self.log, Self.torchMeasurements, Self.torchProbe,
                    Self.torchHelpers,
                ]
            case .jax: [Self.jaxHead, Self.log, Self.jaxMeasurements, Self.jaxProbe]
            }
        return parts.map { part in
            // Two empty lines between definitions, whatever stands at the ends of the parts.
            var lines = part.split(separator: "\n", omittingEmptySubsequences: false)[...]
            while lines.first?.isEmpty == true { lines = lines.dropFirst() }
            while lines.last?.isEmpty == true { lines = lines.dropLast() }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n\n\n") + "\n"
    }
}
