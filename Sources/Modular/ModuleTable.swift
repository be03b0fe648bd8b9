import Tensors

extension Module {
    /// What the module is and where its norm goes, as text for people.
    ///
    /// The formula, then a line for each weight: its path, atom, shape and mass, its part of the mass,
    /// its share of the norm, and the sensitivity of all that comes after it. `~` marks numbers that
    /// rest on an assumption, `?` what is unknown.
    public var table: String {
        let header = ["weight", "atom", "shape", "mass", "part", "share", "sensitivity after"]
        let rows = parameters.map { parameter in
            let part = mass == 0 ? 0 : parameter.mass / mass
            return [
                parameter.path.isEmpty ? "-" : parameter.path,
                parameter.atom.description, parameter.shape.description,
                parameter.mass.shortText, part.shortText, parameter.share.description,
                part == 0 ? "-" : (.proven(part) / parameter.share).description,
            ]
        }
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let lines = ([header] + rows).map { row in
            let padded = zip(row, widths).dropLast().map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            return (padded + [row[row.count - 1]]).joined(separator: "  ")
        }
        let facts =
            "mass \(mass.shortText), sensitivity \(sensitivity), "
            + "sharpness \(sharpness?.description ?? "unknown")"
        return ([description, facts] + lines).joined(separator: "\n")
    }
}
