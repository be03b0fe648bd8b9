import Ballast

/// Times the matrix products of a step of training, each alone: what no step can be faster than.
struct ProductBenchmark {
    /// Products of one form.
    struct Result: Sendable, Codable {
        /// The operands and how they are summed, as in program text.
        var form: String
        /// How many a step has.
        var count: Int
        /// Floating-point operations of one.
        var flops: Double
        /// The median time of one in seconds.
        var seconds: Double
    }

    /// Times every form of product that a step has.
    ///
    /// - Parameters:
    ///   - configuration: The run whose step is looked at.
    ///   - engine: What computes.
    ///   - repeats: How often each is timed.
    /// - Returns: The forms, the costliest first.
    /// - Throws: `ProgramError` when the configuration does not fit together, and what the engine
    ///   throws.
    static func measure(
        _ configuration: RunConfiguration, on engine: any Engine, repeats: Int
    ) throws -> [Result] {
        let program = try TrainingProgram(configuration).program
        var counts: [Form: Int] = [:]
        for instruction in program.instructions {
            guard case .primitive(.dot(let axes)) = instruction.operation else { continue }
            let types = instruction.operands.map { program.types[$0] }
            counts[Form(axes: axes, left: types[0], right: types[1]), default: 0] += 1
        }
        let results = try counts.map { form, count in
            Result(
                form: form.description, count: count, flops: form.flops,
                seconds: try form.time(on: engine, repeats: repeats))
        }
        return results.sorted {
            ($1.seconds * Double($1.count), $0.form) < ($0.seconds * Double($0.count), $1.form)
        }
    }

    private struct Form: Hashable, CustomStringConvertible {
        var axes: DotAxes
        var left: ValueType
        var right: ValueType

        var description: String {
            "\(left) x \(right), sums over \(axes.leftContracted) and \(axes.rightContracted)"
        }

        var flops: Double {
            let terms = axes.leftContracted.map { left.shape[$0] }.reduce(1, *)
            let batch = axes.leftBatch.map { left.shape[$0] }.reduce(1, *)
            let rows = left.shape.count / max(terms * batch, 1)
            return 2 * Double(rows) * Double(right.shape.count)
        }

        func time(on engine: any Engine, repeats: Int) throws -> Double {
            let builder = ProgramBuilder("product")
            let operands = [("left", left), ("right", right)]
            let values = operands.map { builder.input($0.0, $0.1.elementType, $0.1.shape) }
            builder.output("product", values[0].dot(values[1], axes))
            let executable = try engine.compile(try builder.build())
            let buffers = try operands.map { name, type in
                let numbers = RandomKey(seed: 0).split(name).normals(
                    type.shape.count, deviation: 1)
                return try engine.buffer(
                    Tensor(
                        rounding: numbers.map(Double.init), shape: type.shape,
                        elementType: type.elementType))
            }
            _ = try executable.run(buffers)
            let seconds = try (0..<repeats).map { _ in
                let start = ContinuousClock.now
                _ = try executable.run(buffers)
                return (ContinuousClock.now - start) / .seconds(1)
            }
            return seconds.sorted()[repeats / 2]
        }
    }
}
