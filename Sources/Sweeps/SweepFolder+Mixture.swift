public import Runs
import Training

extension SweepFolder {
    /// What runs of a sweep differ in though no grid varies it: the text behind one name, the engine, the
    /// numerics version.
    ///
    /// Commands refuse to train such runs side by side; earlier versions did not, and folders can be copied.
    ///
    /// - Parameter plan: The sweep's.
    /// - Returns: A sentence with two of the runs; nil where all agree, as far as they say it and can be read.
    public func mixture(of plan: Plan) -> String? {
        var known: [(name: String, identity: RunIdentity)] = []
        for cell in plan.cells {
            let run = self.cell(cell.name)
            guard let manifest = (try? run.readManifest()) ?? nil else { continue }
            var identity = manifest.recordedIdentity
            identity.configuration = nil
            for other in known {
                for difference in identity.differences(from: other.identity) {
                    // A grid may vary the text itself.
                    if difference.part == .data {
                        let names = [other.name, cell.name].map(texts)
                        if names[0] != names[1] { continue }
                    }
                    return "runs that no grid tells apart differ: \(difference.key) is "
                        + "\(difference.there) in \(other.name) and \(difference.here) in "
                        + cell.name
                }
            }
            // Few kinds are ever there: each run is compared with one of each.
            if !known.contains(where: { $0.identity == identity }) {
                known.append((cell.name, identity))
            }
        }
        return nil
    }

    /// The names of a run's text.
    private func texts(_ name: String) -> [String]? {
        let run = cell(name)
        return run.exists ? (try? ConfigurationFile.read(run.configuration))?.dataNames : nil
    }
}
