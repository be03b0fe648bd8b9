import Inspection
import Modules
import Optimizers
import Training

/// A plan as Python; each format is an extension in a file of its own.
struct PythonModule {
    let plan: ExportPlan
    let command: String

    init(_ plan: ExportPlan, command: String) {
        self.plan = plan
        self.command = command
    }

    /// Text from outside in a comment or a docstring: one line, without what ends either.
    static func plain(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\\" ? " " : $0 == "\"" ? "'" : $0 })
    }

    /// Lines with blanks before them.
    static func indented(_ text: String, _ count: Int = 4) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "" : String(repeating: " ", count: count) + $0
        }.joined(separator: "\n")
    }

    /// The first lines: what it is of, and how sure the learning rate is.
    func head(_ what: String, _ use: String) -> String {
        let model = plan.configuration.model
        let warning =
            plan.isValidated
            ? "Learning rate: \(Self.plain(plan.status))."
            : "UNVALIDATED learning rate: \(Self.plain(plan.status))."
        return """
            \"\"\"\(what) for \(plan.family.name), width \(model.width), depth \(model.depth).

            Written by `\(Self.plain(command))`.
            \(warning)

            \(use)
            \"\"\"
            """
    }

    /// The numbers of the run.
    var constants: String {
        let c = plan.configuration
        let (beta1, beta2) = plan.betas
        let mark = plan.isValidated ? "" : "  # unvalidated: \(Self.plain(plan.status))"
        return """
            PEAK_LEARNING_RATE = \(c.optimizer.learningRate)\(mark)
            STEPS = \(c.steps)
            BATCH_SEQUENCES = \(c.data.batch)
            BETAS = (\(beta1), \(beta2))
            CLIP = \(c.optimizer.clip)  # largest norm of the whole gradient; 0 for none
            Z_LOSS = \(c.loss.zLoss)  # factor on the mean of log^2 Z
            # Decay goes with the square of the schedule (AdamC, arXiv 2506.02285).
            CORRECTED_DECAY = \(isCorrected ? "True" : "False")
            """
    }

    /// Whether decay goes with the square of the schedule.
    var isCorrected: Bool {
        plan.configuration.optimizer.weightDecay.form == .corrected
    }

    /// What the recipe has beside the family's own model and optimizer.
    var changes: String {
        let lines = plan.changes.map { change in
            let how =
                switch change.form {
                case .included: "included"
                case .python: "apply_changes"
                case .byHand: "BY HAND"
                }
            return "    (\"\(change.name)\", \"\(how)\", \"\(change.source)\"),"
                + "  # \(Self.plain(change.summary))"
        }
        return "# Name, where it is made, source.\nCHANGES = [\n"
            + lines.map { $0 + "\n" }.joined() + "]"
    }

    /// The groups as data.
    var groups: String {
        let entries = plan.groups.map { group in
            let names = group.names.map { "            \"\($0)\",\n" }.joined()
            let mark = plan.isValidated ? "" : "  # unvalidated"
            return """
                    {
                        "name": "\(group.name)",
                        "names": [
                \(names)        ],
                        "lr": \(group.learningRate),\(mark)
                        "weight_decay": \(group.weightDecay),
                        "eps": \(group.epsilon),
                        "start": \(Self.python(group.start)),
                    },

                """
        }
        return """
            # Names without wrappers, # for a number; a step takes lr * weight_decay of a weight.
            GROUPS = [
            \(entries.joined())]
            """
    }

    private static func python(_ start: GroupStart) -> String {
        switch start {
        case .constant(let value): "(\"constant\", \(value))"
        case .normal(let deviation): "(\"normal\", \(deviation))"
        case .truncated(let deviation): "(\"truncated\", \(deviation))"
        case .fused(let parts): "(\"fused\", \(parts.map(python).joined(separator: ", ")))"
        }
    }

    /// Which group a parameter is of.
    var assignment: String {
        let wrappers = ModelFamily.wrappers.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            WRAPPERS = (\(wrappers))


            def bare(name):
                \"\"\"A name without what wrappers put before it.\"\"\"
                while any(name.startswith(wrapper) for wrapper in WRAPPERS):
                    name = next(name[len(w):] for w in WRAPPERS if name.startswith(w))
                return name.replace("_orig_mod.", "")


            def matches(template, name):
                \"\"\"Whether a bare name is that of a template.\"\"\"
                return re.fullmatch(re.escape(template).replace(r"\\#", "#").replace("#", r"\\d+"), name)


            def group_of(name):
                \"\"\"The group of a parameter's name; a name of none or of several is an error.\"\"\"
                found = [g for g in GROUPS if any(matches(t, bare(name)) for t in g["names"])]
                if len(found) != 1:
                    raise ValueError(f"{name} is in {len(found)} groups: is this a {FAMILY}?")
                return found[0]
            """
    }

    /// The factor of the schedule.
    var schedule: String {
        let schedule = plan.configuration.schedule
        let start: String
        switch schedule.shape {
        case .stable:
            start = "min(half_up(\(schedule.cooldown) * steps), steps - warmup)"
        case .cosine, .linear, .constant: start = "steps - warmup"
        }
        let fall =
            switch schedule.shape {
            case .cosine: "(1 + math.cos(math.pi * p)) / 2"
            case .linear: "1 - p"
            case .constant: "1.0"
            case .stable: schedule.cooldownShape == .linear ? "1 - p" : "1 - math.sqrt(p)"
            }
        return """
            def half_up(x):
                return math.floor(x + 0.5)


            def factor(step, steps=STEPS):
                \"\"\"The factor on learning rates at a step, from 1: \(schedule.shape.rawValue).\"\"\"
                step = min(step, steps)
                warmup = half_up(\(schedule.warmup) * steps)
                if step <= warmup:
                    return step / warmup
                fall = \(start)
                p = max(step - 1 - (steps - fall), 0) / max(fall, 1)
                return \(schedule.floor) + (1 - \(schedule.floor)) * (\(fall))
            """
    }

    /// What all formats begin with.
    func common(_ what: String, _ use: String) -> String {
        [
            head(what, use),
            "import math\nimport re",
            "FAMILY = \"\(plan.family.name)\"\n" + constants,
            changes, groups,
        ].joined(separator: "\n\n") + "\n" + assignment + "\n\n\n" + schedule
    }
}
