/// What code a recipe is written as.
package enum ExportFormat: String, Sendable, CaseIterable {
    /// Parameter groups of `torch.optim`, for a loop of one's own.
    case pytorch
    /// A `Trainer` of Hugging Face and its arguments.
    case huggingFaceTrainer = "hf-trainer"
    /// A gradient transformation of Optax.
    case optax
    /// Optimizer and schedule of torchtitan.
    case torchtitan

    /// The names that parameters have there; nil for those of the model's own family.
    package var family: ExportFamily? { self == .torchtitan ? .torchtitan : nil }

    /// The code.
    ///
    /// - Parameters:
    ///   - plan: What it says.
    ///   - command: The command that it is written by.
    /// - Returns: A module of Python.
    package func text(_ plan: ExportPlan, command: String) -> String {
        let module = PythonModule(plan, command: command)
        return switch self {
        case .pytorch: module.pytorch
        case .huggingFaceTrainer: module.trainer
        case .optax: module.optax
        case .torchtitan: module.torchtitan
        }
    }
}
