public import Sweeps

extension StudyCatalog {
    /// The kinds of studies that ship.
    public static let all = StudyCatalog([
        PermutationStudy.self, DeterminismStudy.self, HorizonStudy.self,
        CoordinateCheck.self,
    ])
}
