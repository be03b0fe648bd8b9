public import Engines
import Foundation
public import Runs
import Training

/// Trains runs here, one after another, for whoever uses the library without the tool.
public struct SerialTrainer: StudyTrainer {
    private let make: () throws -> any Engine

    /// Names an engine.
    public init(_ engine: @escaping () throws -> any Engine) { make = engine }

    /// One.
    public var jobs: Int { 1 }
    /// One.
    public var sideBySide: Double { 1 }

    /// The engine that was named.
    public func engine() throws -> any Engine { try make() }

    /// Trains each run that has no result; none is begun after the deadline.
    public func train(
        _ study: Study, in folder: SweepFolder, until deadline: ContinuousClock.Instant?
    ) throws {
        let engine = try make()
        for cell in study.cells where deadline.map({ ContinuousClock.now < $0 }) ?? true {
            _ = try Run(cell.configuration, in: folder.cell(cell.name)).train(on: engine)
        }
    }

    /// Trains here, on the engine's own number of threads.
    public func launch(
        _ configuration: String, in folder: RunFolder, threads: Int, stopAfter: Int?
    ) throws {
        var run = Run(try ConfigurationFile.read(configuration, overrides: []), in: folder)
        run.stopAfter = stopAfter
        _ = try run.train(on: make())
    }

    /// Nothing asks to stop.
    public func leaveIfStopped() throws {}
}
