import Documents
import Formats
import Modules
import Training

extension StudySession {
    /// Runs several studies of a kind, one after another; their runs stand side by side and are shared.
    ///
    /// - Parameter kinds: The studies.
    /// - Returns: The exit code of all: 2 where one failed, else 3 where one is inconclusive, else 0.
    /// - Throws: What the data, the engine and the file system refuse.
    public func run(_ kinds: [some StudyKind]) throws -> Int32 {
        let codes = try kinds.map(run)
        if options.isDryRun, kinds.count > 1 {
            let total = StudyTotal(kinds)
            output(
                options.isJSON ? try SnakeCaseJSON.text(total, isPretty: false) + "\n" : total.text)
        }
        return codes.contains(2) ? 2 : codes.max() ?? 0
    }
}

/// What several studies take together, what they share counted once.
private struct StudyTotal: Codable {
    var studies: [String]
    var cells = 0
    var tokens = 0
    var operations = 0.0

    init(_ kinds: [some StudyKind]) {
        studies = kinds.map(\.folderName)
        var seen: Set<String> = []
        for cell in kinds.flatMap({ $0.plan?.cells ?? [] }) where seen.insert(cell.digest).inserted
        {
            cells += 1
            tokens += cell.configuration.trainingTokens
            operations += cell.configuration.flopsPerStep * Double(cell.configuration.steps)
        }
    }

    var text: String {
        "\(studies.count) studies: \(cells) different runs, "
            + "\(NumberText.digits(Double(tokens) / 1e6))M tokens, "
            + "\(NumberText.digits(operations / 1e12)) TFLOP\n"
    }
}
