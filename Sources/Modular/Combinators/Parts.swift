/// Modules within a module, with the names of their places.
///
/// A part is called by its label. One without a label needs no name of its own where it is the only one
/// with weights, or where its weights have names already and no two weights are called alike. Others are
/// called by their numbers.
struct Parts: Sendable {
    /// A module and the name of its place, nil for none.
    let named: [(key: String?, module: any Module)]

    /// The masses of all.
    let mass: Double

    /// The modules.
    var modules: [any Module] { named.map(\.module) }

    /// Names the modules.
    ///
    /// - Precondition: There is a module, and no two of them have one name.
    init(_ modules: [any Module]) {
        precondition(!modules.isEmpty, "a composition or tuple of no modules")
        mass = modules.reduce(0) { $0 + $1.mass }
        let withWeights = modules.filter { !$0.parameters.isEmpty }
        func isNamed(_ module: any Module) -> Bool {
            module.parameters.allSatisfy { $0.path.first?.isLetter ?? false }
        }
        let bare = withWeights.filter { $0.label == nil && isNamed($0) }
        let barePaths = bare.flatMap { $0.parameters.map(\.path) }
        let isClear = Set(barePaths).count == barePaths.count
        var number = 0
        named = modules.map { module in
            if module.parameters.isEmpty { return (nil, module) }
            if let label = module.label { return (label, module) }
            if withWeights.count == 1 || isClear && isNamed(module) { return (nil, module) }
            number += 1
            return ("\(number - 1)", module)
        }
        let paths = named.flatMap { key, module in
            module.parameters.map { $0.placed(under: key, 1).path }
        }
        precondition(Set(paths).count == paths.count, "two weights are called alike: \(paths)")
    }

    /// The mass of one over that of all; zero where all have none.
    func portion(of module: any Module) -> Double { mass == 0 ? 0 : module.mass / mass }
}
