// What errors of configurations say beside the fault.
extension ConfigurationFile {
    /// Key paths whose last part is like `name`, the likest first.
    static func nearest(
        to name: String, at path: [String], among known: [[String]]
    ) -> [String] {
        let place = path.isEmpty ? "" : path.joined(separator: ".") + "."
        if let own = foreign[name.lowercased().filter { $0 != "_" && $0 != "-" }],
            own.hasPrefix(place), known.contains(own.split(separator: ".").map(String.init))
        {
            return [own]
        }
        let candidates = known.map { leaf in
            let last = leaf.last ?? ""
            let isSibling = leaf.dropLast().elementsEqual(path)
            let distance = editDistance(name, last)
            return (
                path: leaf.joined(separator: "."), cost: 2 * distance + (isSibling ? 0 : 1),
                distance: distance
            )
        }
        return candidates.filter { $0.distance <= max(name.count / 3, 2) }
            .sorted { ($0.cost, $0.path) < ($1.cost, $1.path) }.prefix(2).map(\.path)
    }

    /// What other tools call our keys, in small letters without separators.
    private static let foreign = [
        "lr": "optimizer.learning-rate", "learningrate": "optimizer.learning-rate",
        "maxlr": "optimizer.learning-rate", "peaklr": "optimizer.learning-rate",
        "wd": "optimizer.weight-decay.rate", "eps": "optimizer.epsilon",
        "gradclip": "optimizer.clip", "maxgradnorm": "optimizer.clip",
        "warmupratio": "schedule.warmup", "lrscheduler": "schedule.shape",
        "dmodel": "model.width", "hiddensize": "model.width", "nembd": "model.width",
        "embdim": "model.width", "nlayer": "model.depth", "nlayers": "model.depth",
        "numlayers": "model.depth", "numhiddenlayers": "model.depth",
        "headdim": "model.head-dimension", "seqlen": "model.context",
        "sequencelength": "model.context", "blocksize": "model.context",
        "contextlength": "model.context", "vocabsize": "model.vocabulary",
        "batchsize": "data.batch", "maxsteps": "steps", "maxiters": "steps",
        "trainingsteps": "steps", "totalsteps": "steps", "optimizername": "optimizer.rule",
    ]

    /// Insertions, deletions and substitutions between two words.
    package static func editDistance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (x == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }
}
