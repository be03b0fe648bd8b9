import ArgumentParser
import Ballast
import Foundation

/// `ballast findings`.
struct FindingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings",
        abstract:
            "Check published findings against your own runs: agrees, disagrees, cannot say.",
        discussion: """
            Trains the runs that the findings of each study need, and computes for each finding the \
            number that decides, with an interval over seeds, and where the publication puts it. Exit \
            code 0 where every finding is decided, one way or the other, 3 where one is not.
            Studies are taken in the order given. Interrupt it at any time: the same command trains \
            exactly what is missing, and OUT holds what there is: report.html, findings.json, findings.md \
            and figures, in which findings of studies that an earlier command asked stay. Runs stand in \
            OUT/cells under a digest of configuration and data, so that studies share them. \
            Studies/findings holds the findings that the project was built on.
            """)

    @Argument(help: "Studies in YAML: base, grid, sizes, variants, seeds, or decay; findings.")
    var studies: [String]
    @OptionGroup var seeds: SeedOptions
    @OptionGroup var options: StudyOptions

    func run() throws {
        try options.requireOut()
        // All are read before the first is trained.
        let all = try studies.map {
            try FindingStudy(path: $0, overrides: options.overrides, seeds: seeds.seeds)
        }
        try requireDifferentNames(all)
        try announce(all)
        guard !options.dryRun, let out = options.out else { return }
        let before = try earlier(in: out)
        // What the same runs have said before stands until they are asked again.
        var entries = all.map { study in
            let known = before.findings.filter { $0.studyDigest == study.digest }
            return known.isEmpty ? study.entries([:]) : known
        }
        for (index, study) in all.enumerated() {
            entries[index] = try train(study, in: out)
            try write(before.updated(with: entries.flatMap(\.self)), to: out, isLast: false)
        }
        let result = FindingResult(entries.flatMap(\.self))
        let whole = before.updated(with: result.findings)
        try write(whole, to: out, isLast: true)
        if options.json {
            print(try SnakeCaseJSON.text(result, isPretty: false))
        } else {
            options.layout.show(FindingsText(result).text)
            let others = whole.findings.count - result.findings.count
            print(
                "report in \(out)/report.html, table in \(out)/findings.md"
                    + (others > 0 ? ", with those of other studies, \(others)" : ""))
        }
        if result.cannotSay > 0 { throw ExitCode(3) }
    }

    /// What a folder holds of commands before.
    private func earlier(in out: String) throws -> FindingResult {
        let file = out + "/findings.json"
        guard FileManager.default.fileExists(atPath: file) else { return FindingResult([]) }
        do {
            return try SnakeCaseJSON.read(FindingResult.self, from: file)
        } catch {
            throw ToolError.message(
                "\(file): cannot be read as findings of this version; move it away, and the same "
                    + "command makes it anew from the runs")
        }
    }

    /// The folder of a study.
    private func folder(_ study: FindingStudy, in out: String) -> String {
        out + "/" + String(study.name.map { $0 == "/" ? "_" : $0 })
    }

    /// Folders are named by studies, and lines of the table by findings.
    private func requireDifferentNames(_ all: [FindingStudy]) throws {
        for (kind, names) in [
            ("study", all.map(\.name)), ("finding", all.flatMap { $0.findings.map(\.id) }),
        ] {
            let counts = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }
            if let name = counts.keys.sorted().first {
                throw ValidationError("two are called \(name): each \(kind) takes its own name")
            }
        }
    }

    /// Trains what a study lacks and judges its findings.
    private func train(_ study: FindingStudy, in out: String) throws -> [FindingResult.Entry] {
        switch study.source {
        case .grid(let grid):
            let runner = try StudyRunner(
                grid, in: folder(study, in: out), options)
            return study.entries(try runner.train())
        case .decay(let decay):
            var runner = try DecayRunner(decay, in: folder(study, in: out))
            try runner.train(on: options.engine.make(), isSilent: options.json)
            return study.entries(runner.records)
        }
    }

    /// Writes what there is so far; images, which take longer than all the rest, at the end.
    private func write(_ result: FindingResult, to out: String, isLast: Bool) throws {
        try SnakeCaseJSON.write(result, to: out + "/findings.json")
        try AtomicFile.write(result.markdown, to: out + "/findings.md")
        let (bundle, python) = ReportCommand.drawingTools
        _ = try FindingsReport(result).write(
            to: out, vegaBundle: bundle, python: isLast ? python : nil,
            origin: .ofThisCommand(
                OrderedSet(
                    result.findings.map {
                        ReportOrigin.Configuration(name: $0.study, digest: $0.studyDigest)
                    }
                ).elements))
    }

    /// What is asked, and what it takes, shared runs counted once.
    private func announce(_ all: [FindingStudy]) throws {
        let union = FindingStudy.union(all)
        // The name of a folder beside the cells, in which nothing is written.
        let runner = try StudyRunner(
            union, in: options.out.map { $0 + "/" + union.name }, engine: options.engine,
            identity: options.identity, jobs: options.jobs, isSilent: true)
        try runner.prepareText()
        if options.json, !options.dryRun { return }
        let states = runner.states()
        let gridSeconds = try runner.seconds()
        var seconds = gridSeconds ?? 0
        var lines: [String] = []
        for study in all {
            guard case .decay(let decay) = study.source else { continue }
            let own = try DecayRunner(decay, in: options.out.map { folder(study, in: $0) })
            let time = try own.seconds(on: options.engine.make())
            seconds += time
            lines.append(own.costLine(seconds: time))
        }
        let cost = union.cost(states)
        if options.json {
            let data = try JSONSerialization.data(
                withJSONObject: [
                    "studies": all.map(\.name), "findings": all.flatMap { $0.findings.map(\.id) },
                    "runs": cost.cells, "done": cost.done, "tokens": cost.tokens,
                    "operations": cost.operations, "seconds": seconds,
                ] as [String: Any], options: [.sortedKeys, .withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
            return
        }
        for study in all {
            for finding in study.findings {
                Terminal.line("\(finding.id): \(finding.claim) (\(finding.source))")
                Terminal.line("  \(finding.check.quantity): \(finding.expectation.text)")
            }
        }
        for line in protocols(all) { Terminal.line(line) }
        for line in lines { Terminal.line(line) }
        if !union.cells.isEmpty {
            Terminal.line(
                StudyRunner.line(cost, seconds: gridSeconds, jobs: runner.jobs))
        }
        if !lines.isEmpty {
            Terminal.line("together about \(Terminal.time(seconds))")
        }
    }

    /// How the runs scale the paper's protocol, each line once.
    private func protocols(_ all: [FindingStudy]) -> [String] {
        var lines: OrderedSet<String> = []
        for study in all {
            guard case .grid(let grid) = study.source else { continue }
            for cell in grid.cells {
                for line in ScaledProtocol.lines(cell.configuration) { lines.append(line) }
            }
        }
        return Array(lines)
    }
}

/// Findings in words.
struct FindingsText {
    let result: FindingResult

    init(_ result: FindingResult) { self.result = result }

    /// The count, and three lines a finding.
    var text: String {
        var lines = [
            "\(result.agrees) agree, \(result.disagrees) disagree, \(result.cannotSay) cannot say",
            "",
        ]
        for entry in result.findings {
            let word = entry.answer.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
            lines.append("\(word)\(entry.id): \(entry.claim) (\(entry.source))")
            lines.append("            \(entry.quantity)")
            lines.append(
                "            \(entry.number), expected \(entry.expected)"
                    + (entry.reason.map { "; \($0)" } ?? ""))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
