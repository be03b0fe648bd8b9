import DecayStudies
import FindingStudies
import ForecastStudies
import PrescriptionStudies
import Studies
public import Sweeps
import TransferStudies

extension StudyCatalog {
    /// The kinds of studies that ship.
    public static let all = StudyCatalog([
        PermutationStudy.self, DeterminismStudy.self, HorizonStudy.self,
        CoordinateCheck.self, SensitivityStudy.self, TransferStudy.self, FindingSet.self,
        DecayStudy.self, ForecastQuestion.self, PrescriptionStudy.self,
        InteractionStudy.self,
    ])
}
