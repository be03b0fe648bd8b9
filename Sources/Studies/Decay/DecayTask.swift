import Datasets
import Formats
import Foundation
import Modules
import Optimizers
import Programs
import Sweeps
import Tensors
import Training

/// What a decay study trains: the proxy transformer on text, or a normalised MLP on images.
enum DecayTask: Objective {
    case text(BatchSource)
    case images(ImageSet)

    /// Tokens with those that follow, or images with their classes.
    func inputs(
        _ configuration: RunConfiguration
    ) -> [(name: String, type: ElementType, shape: Shape)] {
        let rows = configuration.data.batch
        return switch self {
        case .text: TokenObjective().inputs(configuration)
        case .images(let images):
            [("input", .f32, [rows, images.pixels]), ("target", .i32, [rows])]
        }
    }

    /// Inputs and targets of a step, from 1.
    func batch(_ step: Int, _ configuration: RunConfiguration) -> [String: Tensor] {
        switch self {
        case .text(let source): Self.tensors(source.batch(step - 1))
        case .images(let images):
            images.batch(
                step, count: configuration.data.batch,
                key: RandomKey(seed: configuration.data.dataSeed))
        }
    }

    /// Inputs and targets that are not trained on, in batches of the same size.
    func heldOut(_ configuration: RunConfiguration) -> [[String: Tensor]] {
        switch self {
        case .text(let source):
            source.validationBatches(count: configuration.evaluation.batches).map(Self.tensors)
        case .images(let images): images.heldOut(count: configuration.data.batch)
        }
    }

    /// The loss as a value of a program.
    func losses(
        _ configuration: RunConfiguration, _ batch: [Value], _ scope: Scope
    ) -> (crossEntropy: Value, total: Value) {
        let c = configuration.model
        switch self {
        case .text: return TokenObjective().losses(configuration, batch, scope)
        case .images(let images):
            let network = NormalizedMLP(
                inputs: images.pixels, width: c.width, depth: c.depth, classes: images.classes,
                normalization: c.normalization, epsilon: c.normEpsilon)
            let loss = scope.builder.apply(CrossEntropy(), [network(batch[0], scope), batch[1]])[0]
                .mean()
            return (loss, loss)
        }
    }

    /// Whether a normalisation makes a matrix scale invariant.
    func isInvariant(_ parameter: ParameterSpecification, _ model: ModelConfiguration) -> Bool {
        switch self {
        case .images: parameter.role == .hidden
        case .text:
            model.qkNorm
                && (parameter.path.hasSuffix(".query") || parameter.path.hasSuffix(".key"))
        }
    }

    private static func tensors(_ batch: Batch) -> [String: Tensor] {
        let shape: Shape = [batch.sequences, batch.context]
        return [
            "tokens": Tensor(integers: batch.inputs, shape: shape),
            "targets": Tensor(integers: batch.targets, shape: shape),
        ]
    }
}

/// Images with their classes, from a table without a header: pixels, then the class, one row per image.
struct ImageSet {
    private static let mostClasses = 65_535
    private let rows: [[Float]]
    let pixels: Int
    let classes: Int
    private let trained: Int
    private let noise: Double

    /// Reads a file, gzip or plain; the last sixth is held out.
    ///
    /// `noise` is the share of labels that are drawn at random, anew each time an image is trained on.
    init(path: String, noise: Double) throws(ConfigurationError) {
        self.noise = noise
        let bytes: [UInt8]
        do {
            bytes = try Gzip.contents(of: path)
        } catch {
            throw .unreadable(file: path, reason: "\(error)")
        }
        let read = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .map { line in line.split(separator: ",").compactMap { Float($0) } }
        guard let first = read.first, first.count > 1,
            read.allSatisfy({ $0.count == first.count && ($0.last ?? -1) >= 0 }), read.count > 20
        else {
            throw .malformed(
                source: path, key: "",
                reason: "is not a table of pixels and a class, one row per image")
        }
        let largest = read.compactMap(\.last).max() ?? 0
        guard largest <= Float(Self.mostClasses),
            read.allSatisfy({ row in row.last.map { $0 == $0.rounded() } ?? false })
        else {
            throw .malformed(
                source: path, key: "",
                reason:
                    "has a class that is not a whole number from 0 to \(Self.mostClasses); the last "
                    + "number of a row is the image's class")
        }
        let pixels = first.count - 1
        self.pixels = pixels
        classes = 1 + Int(largest)
        // Images of root mean square one.
        rows = read.map { row in
            let square = row[..<pixels].reduce(0) { $0 + $1 * $1 } / Float(pixels)
            let scale = square > 0 ? 1 / square.squareRoot() : 0
            return row[..<pixels].map { $0 * scale } + [row[pixels]]
        }
        trained = read.count - read.count / 6
    }

    /// Images of a step, drawn anew each time.
    func batch(_ step: Int, count: Int, key: RandomKey) -> [String: Tensor] {
        let own = key.split("images")
        var places: [Int] = []
        var labels: [Int32] = []
        for index in 0..<count {
            let words = own.words(at: UInt64(step) << 20 | UInt64(index))
            func below(_ bound: Int, _ word: UInt32) -> Int {
                Int((UInt64(word) * UInt64(bound)) >> 32)
            }
            let place = below(trained, words[0])
            let isNoise = Double(words[1]) < noise * 4_294_967_296
            places.append(place)
            labels.append(isNoise ? Int32(below(classes, words[2])) : Int32(rows[place][pixels]))
        }
        return tensors(places, labels)
    }

    /// The held-out images in whole batches, at least one.
    func heldOut(count: Int) -> [[String: Tensor]] {
        let held = rows.count - trained
        return (0..<max(held / count, 1)).map { batch in
            let places = (0..<count).map { trained + (batch * count + $0) % held }
            return tensors(places, places.map { Int32(rows[$0][pixels]) })
        }
    }

    private func tensors(_ places: [Int], _ labels: [Int32]) -> [String: Tensor] {
        [
            "input": Tensor(
                places.flatMap { rows[$0][..<pixels] }, shape: [places.count, pixels]),
            "target": Tensor(integers: labels, shape: [places.count]),
        ]
    }
}
