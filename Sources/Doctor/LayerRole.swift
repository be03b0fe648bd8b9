import Import

/// A part that layers have in common, as the query matrix: its tensor in each of them.
struct LayerRole {
    /// A layer's tensor.
    struct Member {
        var layer: Int
        var name: String
        var points: [LoggedRun.Point]
    }

    /// The path, with `#` for the layer.
    var name: String
    /// By layer.
    var members: [Member]

    /// The roles of tensors, in the order in which they first stand there.
    static func all(of tensors: [(name: String, points: [LoggedRun.Point])]) -> [Self] {
        var roles: [Self] = []
        var places: [String: Int] = [:]
        for tensor in tensors {
            guard let (role, layer) = parts(of: tensor.name) else { continue }
            let member = Member(layer: layer, name: tensor.name, points: tensor.points)
            if let place = places[role] {
                roles[place].members.append(member)
            } else {
                places[role] = roles.count
                roles.append(Self(name: role, members: [member]))
            }
        }
        for place in roles.indices { roles[place].members.sort { $0.layer < $1.layer } }
        return roles
    }

    /// The path with `#` for the first number in it, and that number: `blocks.#.up` and 3 of `blocks.3.up`.
    static func parts(of path: String) -> (role: String, layer: Int)? {
        var start = path.startIndex
        while let first = path[start...].firstIndex(where: \.isASCIIDigit) {
            let end = path[first...].firstIndex { !$0.isASCIIDigit } ?? path.endIndex
            // A number that ends its part of the path: `h.3.w1` is of layer 3, `w1.h` of none.
            let begins = first == path.startIndex || "._/".contains(path[path.index(before: first)])
            let ends = end == path.endIndex || "./".contains(path[end])
            if begins, ends, let layer = Int(path[first..<end]) {
                return (String(path[..<first]) + "#" + String(path[end...]), layer)
            }
            start = end
        }
        return nil
    }

    /// What a tensor belongs to: its layer, as `blocks.3`, or the first part of its path.
    static func group(of path: String) -> String {
        guard let (role, layer) = parts(of: path), let mark = role.firstIndex(of: "#") else {
            return String(path.prefix { $0 != "." && $0 != "/" })
        }
        return role[..<mark] + "\(layer)"
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
