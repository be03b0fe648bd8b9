import Programs
public import Training

/// What runs must have in common to be lanes of one program: the program of a step, and how many steps a run
/// of the engine takes at most.
public struct Lane: Sendable, Hashable {
    private let program: Program
    private let stepsPerRun: Int

    fileprivate init(_ program: Program, stepsPerRun: Int) {
        self.program = program
        self.stepsPerRun = stepsPerRun
    }
}

extension Run {
    /// What the run must have in common with others to be trained with them.
    ///
    /// Learning rate, decay, schedule and the corrections of Adam's moments are fed to a program and are no part
    /// of it, nor are seeds and data. Whatever else is a constant of the program: other values are other lanes,
    /// as XLA rounds what it computes with a constant in another way than with a number that is fed.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public var lane: Lane {
        get throws {
            Lane(try TrainingProgram(configuration).program, stepsPerRun: longestRun)
        }
    }
}
