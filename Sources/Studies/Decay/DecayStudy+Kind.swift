public import Documents
public import Engines
public import Runs
public import Sweeps

extension DecayStudy: StudyKind {
    /// `--out` itself.
    public var folderName: String { "" }
    /// Those on text, each of which is trained under several seeds.
    public var recipes: [Recipe] {
        images == nil
            ? variants.flatMap { variant in
                variant.configurations.prefix(1).map {
                    Recipe(name: variant.name, configuration: $0)
                }
            } : []
    }
    /// What is asked.
    public var announcement: [String] {
        ["\(name): do gradients reach their predicted steady state under weight decay?"]
    }

    /// That of the runs that are not done.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost {
        try DecayRuns(self, in: folder?.path).cost(by: trainer)
    }

    /// All runs.
    public func next(_ runs: StudyRuns) throws -> Stage? {
        guard runs.stages == 0 else { return nil }
        return .work { work in
            var all = try DecayRuns(self, in: work.folder)
            try all.train(work)
        }
    }

    /// Ratios beside their law, and verdicts.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> DecayResult {
        result(try DecayRuns(self, in: runs.folder.path).records)
    }

    /// All runs under one name.
    public func origins(of result: DecayResult) -> [ReportOrigin.Configuration] {
        [.init(name: name, digest: digest)]
    }
}
