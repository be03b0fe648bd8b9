import Datasets
public import Engines
import Modules
import Runs
public import Training

/// Runs of one program that are trained together: each is a lane of the program, compiled once for all.
///
/// Lanes differ in what the host makes: weights' and data's seeds, learning rate, decay, schedule, number of
/// steps, text. Each leaves the folder that it leaves when it is trained by itself, and goes on from whatever
/// stands there. A run that diverges, ends, or fails leaves its place, and the others go on.
///
/// ```swift
/// let rates = [1e-3, 3e-3, 1e-2]
/// let runs = rates.map { rate in
///     var configuration = base
///     configuration.optimizer.learningRate = rate
///     return Run(configuration, in: RunFolder("runs/\(rate)"), stepsPerRun: 10)
/// }
/// let outcomes = RunLanes(runs).train(on: try XLAEngine(plugin: path))
/// ```
public struct RunLanes {
    /// The runs, in the order of their lanes.
    public let runs: [Run]

    /// Names runs; those whose program is another than the first one's fail with `TrainingError.lane(folder:)`.
    ///
    /// - Parameter runs: At least one, with equal `Run.lane`.
    public init(_ runs: [Run]) {
        precondition(!runs.isEmpty, "RunLanes: no run")
        self.runs = runs
    }

    /// Trains until each run is done, failed, or asked to stop.
    ///
    /// - Parameters:
    ///   - engine: What computes.
    ///   - request: Asked before each run of the engine, for all lanes.
    ///   - note: Told what the reader should know, with the place of the run.
    ///   - progress: Told of each recorded step, with the place of the run.
    /// - Returns: For each run how it ended, or why it failed.
    public func train(
        on engine: any Engine, request: () -> TrainingRequest = { .proceed },
        note: (Int, String) -> Void = { _, _ in },
        progress: (Int, Trainer.StepReport) -> Void = { _, _ in }
    ) -> [Result<TrainingOutcome, any Error>] {
        let programs = LanePrograms(engine, lanes: runs.count)
        var outcomes: [Int: Result<TrainingOutcome, any Error>] = [:]
        var sessions: [Int: RunSession] = [:]
        func end(_ place: Int, _ outcome: Result<TrainingOutcome, any Error>) {
            outcomes[place] = outcome
            sessions[place] = nil
            programs.leave(place)
        }
        var texts: [Text: TokenCache] = [:]
        for (place, run) in runs.enumerated() {
            do {
                let opening = try run.open(
                    on: LaneEngine(programs: programs, place: place, folder: run.folder.path),
                    tokens: { try Self.tokens($0, &texts) }, note: { note(place, $0) })
                switch opening {
                case .done(let result): end(place, .success(.finished(result)))
                case .session(let session): sessions[place] = session
                }
            } catch {
                end(place, .failure(error))
            }
        }
        while !sessions.isEmpty {
            let asked = request()
            let begin = ContinuousClock.now
            var next: [Int: Trainer.NextSteps] = [:]
            for (place, session) in sessions.sorted(by: { $0.key < $1.key }) {
                do {
                    switch try session.next({ asked }) {
                    case .steps(let count): next[place] = try session.trainer.prepare(count)
                    case .ended(let outcome): end(place, .success(outcome))
                    }
                } catch {
                    end(place, .failure(error))
                }
            }
            if next.isEmpty { break }
            do {
                let rows = try programs.run(next.mapValues(\.lane))
                for (place, session) in sessions.sorted(by: { $0.key < $1.key }) {
                    guard let taken = next[place], let rows = rows[place] else { continue }
                    do {
                        let reports = try session.trainer.finish(taken, rows)
                        try session.record(reports, since: begin) { progress(place, $0) }
                    } catch {
                        end(place, .failure(error))
                    }
                }
            } catch {
                // The engine has lost the state of all.
                for place in sessions.keys.sorted() { end(place, .failure(error)) }
            }
        }
        return runs.indices.compactMap { outcomes[$0] }
    }

    /// What a text is found by.
    private struct Text: Hashable {
        var source: TextSource
        var vocabulary: Int
    }

    /// The tokens of a text, which lanes share.
    private static func tokens(
        _ configuration: RunConfiguration, _ known: inout [Text: TokenCache]
    ) throws -> TokenCache {
        let text = Text(
            source: configuration.textSource, vocabulary: configuration.model.vocabulary)
        if let cache = known[text] { return cache }
        let cache = try TokenCache(text.source, vocabulary: text.vocabulary)
        known[text] = cache
        return cache
    }
}
