import Foundation

/// What the dashboard answers: its page, what the model knows, files of the folder.
package struct DashboardSite: Sendable {
    private let model: DashboardModel
    private let files: ServedFiles
    private let access: Access

    /// The most curves of one question.
    private static let mostCurves = 600
    /// The most stretches of a curve.
    private static let mostBuckets = 2_000

    /// A site over a model.
    package init(_ model: DashboardModel, access: Access) {
        self.model = model
        self.access = access
        files = ServedFiles(root: model.root)
    }

    /// Answers a request.
    package func answer(_ request: Request) async -> Response {
        if let refusal = access.refusal(of: request) { return refusal }
        let missing = Response(404, text: "nothing stands there")
        switch request.path.first {
        case nil: return Response(200, "text/html; charset=utf-8", Data(DashboardPage.text.utf8))
        case "assets":
            guard request.path.count == 2, let asset = DashboardPage.assets[request.path[1]] else {
                return missing
            }
            return Response(200, asset.type, Data(asset.text.utf8))
        case "files": return files.file(Array(request.path.dropFirst())) ?? missing
        case "api":
            guard request.path.count == 2 else { return missing }
            return await api(request.path[1], request.query) ?? missing
        default: return missing
        }
    }

    private func api(_ name: String, _ query: [String: String]) async -> Response? {
        switch name {
        case "overview": return Response(json: await model.overview())
        case "tags": return Response(json: await model.tags())
        case "run":
            guard let id = query["id"].flatMap(Int.init), let run = await model.run(id) else {
                return nil
            }
            return Response(json: run)
        case "curves":
            guard let wish = CurveWish(query, most: Self.mostCurves) else {
                return Response(400, text: "give runs=1,2 and tags=train/loss")
            }
            return await curves(wish)
        case "stream":
            guard let wish = CurveWish(query, most: Self.mostCurves) else {
                return Response(400, text: "too many curves")
            }
            let model = model
            return Response(events: { send in
                try await CurveStream(wish, of: model).run(send)
            })
        default: return nil
        }
    }

    private func curves(_ wish: CurveWish) async -> Response {
        var parts: [String] = []
        for (run, tag) in wish.curves {
            guard let curve = await model.curve(tag, of: run) else { continue }
            parts.append(CurveJSON.whole(curve, run, tag, in: wish.range, buckets: wish.buckets))
        }
        return Response(
            200, "application/json", Data("[\(parts.joined(separator: ",\n"))]".utf8))
    }

    /// Reads what is new, over and over, until the task is cancelled.
    package static func follow(_ model: DashboardModel) async throws {
        while true {
            let begin = ContinuousClock.now
            let isComplete = await model.refresh()
            let taken = ContinuousClock.now - begin
            // Looking takes at most a tenth of a core where nothing happens.
            try await Task.sleep(
                for: isComplete ? max(.milliseconds(400), taken * 9) : .milliseconds(5))
        }
    }
}

/// Which curves are asked for.
struct CurveWish: Sendable {
    var runs: [Int]
    var tags: [String]
    var range: ClosedRange<Int>?
    var buckets: Int

    /// Reads a query; nil for one that asks for too much.
    init?(_ query: [String: String], most: Int) {
        runs = (query["runs"] ?? "").split(separator: ",").compactMap { Int($0) }
        tags = (query["tags"] ?? "").split(separator: ",").map(String.init)
        guard runs.count <= most, tags.count <= 40,
            runs.count.multipliedReportingOverflow(by: tags.count).partialValue <= most
        else { return nil }
        if let from = query["from"].flatMap(Int.init), let to = query["to"].flatMap(Int.init),
            from <= to
        {
            range = from...to
        }
        buckets = min(max(query["buckets"].flatMap(Int.init) ?? 300, 10), 2_000)
    }

    /// Each run with each tag.
    var curves: [(run: Int, tag: String)] {
        runs.flatMap { run in tags.map { (run: run, tag: $0) } }
    }
}

/// Curves as JSON, made by hand: a curve has thousands of numbers.
enum CurveJSON {
    /// A curve, thinned where it has too many points.
    static func whole(
        _ curve: Curve, _ run: Int, _ tag: String, in range: ClosedRange<Int>? = nil, buckets: Int
    ) -> String {
        let places = curve.places(in: range, buckets: buckets)
        let isThinned = places.count < curve.count && range == nil
        return head(run, tag, curve) + ",\"thinned\":\(isThinned)" + points(curve, places)
    }

    /// The points of a curve from a place on.
    static func tail(_ curve: Curve, _ run: Int, _ tag: String, from place: Int) -> String {
        head(run, tag, curve) + points(curve, Array(place..<curve.count))
    }

    private static func head(_ run: Int, _ tag: String, _ curve: Curve) -> String {
        "{\"run\":\(run),\"tag\":\(text(tag)),\"epoch\":\(curve.epoch),\"count\":\(curve.count)"
    }

    private static func points(_ curve: Curve, _ places: [Int]) -> String {
        let steps = places.map { String(curve.steps[$0]) }.joined(separator: ",")
        let values = places.map { place in
            let value = curve.values[place]
            return value.isFinite ? "\(value)" : "null"
        }.joined(separator: ",")
        return ",\"steps\":[\(steps)],\"values\":[\(values)]}"
    }

    private static func text(_ text: String) -> String {
        let data = (try? JSONEncoder().encode(text)) ?? Data("\"\"".utf8)
        return String(decoding: data, as: UTF8.self)
    }
}

/// What changes, sent to one browser as it happens: rows of runs, points of curves.
struct CurveStream: Sendable {
    private let wish: CurveWish
    private let model: DashboardModel

    /// What was sent of a curve.
    private struct Sent {
        var epoch: Int
        var count: Int
    }

    init(_ wish: CurveWish, of model: DashboardModel) {
        self.wish = wish
        self.model = model
    }

    /// Sends until the browser leaves.
    func run(_ send: @Sendable (Data) async throws -> Void) async throws {
        var versions: [Int: Int] = [:]
        var shape: Shape?
        var sent: [String: Sent] = [:]
        var seen = -1
        var silent = 0
        while true {
            var text = ""
            let overview = await model.overview()
            if overview.version != seen {
                seen = overview.version
                let changed = overview.runs.filter { versions[$0.id] != $0.version }
                let now = Shape(overview)
                if shape != now {
                    text += event("overview", Response(json: overview))
                } else if !changed.isEmpty {
                    text += event("runs", Response(json: changed))
                }
                shape = now
                for run in changed { versions[run.id] = run.version }
                for (run, tag) in wish.curves {
                    text += await curve(run, tag, &sent)
                }
            }
            silent = text.isEmpty ? silent + 1 : 0
            // A word now and then shows whether the browser is still there.
            if silent == 25 {
                text = ": still here\n\n"
                silent = 0
            }
            if !text.isEmpty { try await send(Data(text.utf8)) }
            try await Task.sleep(for: .milliseconds(400))
        }
    }

    private func curve(_ run: Int, _ tag: String, _ sent: inout [String: Sent]) async -> String {
        guard let curve = await model.curve(tag, of: run) else { return "" }
        let key = "\(run) \(tag)"
        let before = sent[key]
        if let before, before.epoch == curve.epoch, before.count == curve.count { return "" }
        sent[key] = Sent(epoch: curve.epoch, count: curve.count)
        if let before, before.epoch == curve.epoch, before.count <= curve.count,
            curve.count - before.count <= wish.buckets
        {
            let json = CurveJSON.tail(curve, run, tag, from: before.count)
            return "event: points\ndata: \(json)\n\n"
        }
        let json = CurveJSON.whole(curve, run, tag, buckets: wish.buckets)
        return "event: curve\ndata: \(json)\n\n"
    }

    private func event(_ name: String, _ json: Response) -> String {
        guard case .data(let data) = json.body else { return "" }
        return "event: \(name)\ndata: \(String(decoding: data, as: UTF8.self))\n\n"
    }

    /// What makes the page draw itself anew.
    private struct Shape: Equatable {
        var runs: [Int]
        var keys: [String]
        var cells: [[Int?]]
        var verdicts: [[String: String]]
        var pages: [[String]]

        init(_ overview: Overview) {
            runs = overview.runs.map(\.id)
            keys = overview.keys
            cells = overview.studies.map { $0.cells.map(\.run) }
            verdicts = overview.studies.map(\.verdicts)
            pages = overview.studies.map(\.pages)
        }
    }
}
