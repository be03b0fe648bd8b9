import Formats
import Foundation

/// The `manifest.json` that Ballast writes beside the log of a run.
enum RunManifest {
    /// The longest manifest that is read, in bytes.
    private static let longest = 1 << 24

    /// Adds the sizes of the parameters and of the data, where the manifest says them: one of an earlier version
    /// says no sizes of parameters, and another tool's file of that name says neither.
    static func add(to run: inout LoggedRun) {
        guard let source = run.sources.first else { return }
        let folder = (source as NSString).deletingLastPathComponent
        let path = (folder.isEmpty ? "." : folder) + "/manifest.json"
        guard let bytes = try? WholeFile.read(path, limit: longest),
            let manifest = try? JSONDecoder().decode(Contents.self, from: Data(bytes)),
            manifest.ballast != nil
        else { return }
        run.sources.append(path)
        run.trainingTokens = manifest.tokens.flatMap { $0 > 1 ? $0 : nil }
        run.parameterCounts = (manifest.shapes ?? [:]).compactMapValues { shape in
            shape.reduce(1) { product, extent -> Int? in
                guard let product, extent > 0 else { return nil }
                let (count, overflow) = product.multipliedReportingOverflow(by: extent)
                return overflow ? nil : count
            }
        }
    }

    private struct Contents: Decodable {
        var ballast: String?
        var tokens: Int?
        var shapes: [String: [Int]]?

        private enum CodingKeys: String, CodingKey {
            case ballast
            case tokens = "training_tokens"
            case shapes = "parameter_shapes"
        }
    }
}
