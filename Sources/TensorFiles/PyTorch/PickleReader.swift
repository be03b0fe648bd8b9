import Formats

/// Reads the pickles that hold tensors, and executes nothing.
///
/// A pickle is a program for a stack machine. This one knows the operations that build numbers, strings,
/// tuples, lists, dictionaries and views of storages; names of functions are compared with a list and
/// become values here. Any other operation or name is refused by name. Each operation makes at most one
/// value, so memory is bounded by the pickle's length.
struct PickleReader {
    let path: String
    /// Classes beside those of ``PickleNames`` whose instances are kept as what they are built of.
    let classes: PickleClasses
    /// What owns the values: they are good as long as it is there.
    let nodes = PickleNodes()
    private(set) var reader: ByteReader
    private var stack: [PickleValue] = []
    /// Where marks stand in the stack.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    init(
        _ bytes: [UInt8], at position: Int = 0, path: String,
        classes: PickleClasses = PickleClasses()
    ) {
        self.path = path
        self.classes = classes
        reader = ByteReader(bytes, at: position)
    }

    func corrupt(_ found: String) -> FormatError {
        ZipFile.corrupt(path, "pickle, byte \(reader.position)", found)
    }

    private func refused(_ found: String) -> FormatError {
        .unsupported(
            path: path, place: "pickle, byte \(reader.position)", found: found,
            advice:
                "if you trust the file, convert it: python -c \"import torch, safetensors.torch "
                + "as s; d = torch.load('\(path)'); s.save_file({k: v.contiguous() for k, v in "
                + "d.items() if torch.is_tensor(v)}, 'model.safetensors')\"")
    }

    /// The value of the pickle that begins here; the position is then behind it.
    mutating func value() throws(FormatError) -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            guard let code = reader.byte() else { throw corrupt("ends within the pickle") }
            // STOP
            if code == UInt8(ascii: ".") { return try pop() }
            try perform(code)
        }
    }

    private mutating func perform(_ code: UInt8) throws(FormatError) {
        switch code {
        case 0x80:  // PROTO
            guard let version = reader.byte(), version <= 5 else {
                throw refused("protocol of a later version than 5")
            }
        case 0x95: _ = try number(8)  // FRAME
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.boolean(true))
        case 0x89: stack.append(.boolean(false))
        case UInt8(ascii: "K"): stack.append(.integer(try number(1)))
        case UInt8(ascii: "M"): stack.append(.integer(try number(2)))
        case UInt8(ascii: "J"):
            stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case 0x8a: stack.append(try long())
        case UInt8(ascii: "G"):  // BINFLOAT, the greatest byte first
            let bytes = try take(8)
            stack.append(.number(Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })))
        case 0x8c: stack.append(try text(1))
        case UInt8(ascii: "X"): stack.append(try text(4))
        case 0x8d: stack.append(try text(8))
        case UInt8(ascii: "C"), UInt8(ascii: "U"): stack.append(.bytes(try take(try number(1))))
        case UInt8(ascii: "B"), UInt8(ascii: "T"): stack.append(.bytes(try take(try number(4))))
        case 0x8e: stack.append(.bytes(try take(try number(8))))
        case UInt8(ascii: "}"): stack.append(.dictionary(nodes.dictionary()))
        case UInt8(ascii: "]"), 0x8f: stack.append(.list(nodes.list()))
        case UInt8(ascii: ")"): stack.append(.tuple(nodes.list()))
        case UInt8(ascii: "t"): stack.append(.tuple(nodes.list(try popMarked())))
        case 0x85: stack.append(.tuple(nodes.list([try pop()])))
        case 0x86:
            let second = try pop()
            stack.append(.tuple(nodes.list([try pop(), second])))
        case 0x87:
            let (third, second) = (try pop(), try pop())
            stack.append(.tuple(nodes.list([try pop(), second, third])))
        case UInt8(ascii: "q"): memo[try number(1)] = try top()
        case UInt8(ascii: "r"): memo[try number(4)] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(try number(1))
        case UInt8(ascii: "j"): try recall(try number(4))
        case UInt8(ascii: "a"):
            let item = try pop()
            try add([item], to: try top())
        case UInt8(ascii: "e"), 0x90:
            let items = try popMarked()
            try add(items, to: try top())
        case UInt8(ascii: "s"):
            let value = try pop()
            try set([try pop(), value], in: try top())
        case UInt8(ascii: "u"):
            let items = try popMarked()
            try set(items, in: try top())
        case UInt8(ascii: "c"):
            guard let module = reader.line(), let name = reader.line() else {
                throw corrupt("a name that does not end")
            }
            try global(
                String(decoding: module, as: UTF8.self), String(decoding: name, as: UTF8.self))
        case 0x93:
            let (name, module) = (try pop(), try pop())
            guard let name = name.string, let module = module.string else {
                throw corrupt("a name that is no text")
            }
            try global(module, name)
        case UInt8(ascii: "Q"): stack.append(.storage(try storage(try pop())))
        case UInt8(ascii: "R"), 0x81:
            let arguments = try pop()
            let function = try pop()
            stack.append(try call(function, arguments))
        case UInt8(ascii: "b"):  // BUILD: attributes, which tensors do without
            let state = try pop()
            if case .object(let object) = try top() { object.state = state }
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popMarked()
        default:
            let digits = String(code, radix: 16)
            throw refused("operation 0x\(digits.count < 2 ? "0" : "")\(digits)")
        }
    }

    // MARK: The stack

    private func top() throws(FormatError) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else {
            throw corrupt("an operation without its operand")
        }
        return value
    }

    private mutating func pop() throws(FormatError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popMarked() throws(FormatError) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else {
            throw corrupt("an operation without its mark")
        }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    private mutating func recall(_ place: Int) throws(FormatError) {
        guard let value = memo[place] else { throw corrupt("memo \(place) is empty") }
        stack.append(value)
    }

    private func add(_ items: [PickleValue], to value: PickleValue) throws(FormatError) {
        switch value {
        case .list(let list): list.items += items
        case .opaque, .object: break
        default: throw corrupt("an append to what is no list")
        }
    }

    private func set(_ items: [PickleValue], in value: PickleValue) throws(FormatError) {
        guard items.count % 2 == 0 else { throw corrupt("a key without a value") }
        switch value {
        case .dictionary(let dictionary):
            for index in stride(from: 0, to: items.count, by: 2) {
                dictionary.entries.append((items[index], items[index + 1]))
            }
        case .opaque, .object: break
        default: throw corrupt("an entry for what is no dictionary")
        }
    }

    // MARK: Operands

    private mutating func number(_ size: Int) throws(FormatError) -> Int {
        guard let value = reader.count(size) else { throw corrupt("ends within a number") }
        return value
    }

    private mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard let bytes = reader.take(count) else {
            throw corrupt("\(count) bytes where \(reader.remaining) are left")
        }
        return bytes
    }

    private mutating func text(_ size: Int) throws(FormatError) -> PickleValue {
        let bytes = try take(try number(size))
        // Lone surrogates, which Python writes, become marks of replacement.
        return .string(String(decoding: bytes, as: UTF8.self))
    }

    /// An integer of up to eight bytes; longer ones, as seeds and magic numbers, are opaque.
    private mutating func long() throws(FormatError) -> PickleValue {
        let bytes = try take(try number(1))
        guard bytes.count <= 8 else { return .opaque("an integer of \(bytes.count) bytes") }
        guard let last = bytes.last else { return .integer(0) }
        var value = bytes.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        if last & 0x80 != 0, bytes.count < 8 { value |= ~0 << (8 * UInt64(bytes.count)) }
        return .integer(Int(truncatingIfNeeded: value))
    }
}

// MARK: Names

extension PickleReader {
    private mutating func global(_ module: String, _ name: String) throws(FormatError) {
        let full = "\(module).\(name)"
        guard PickleNames.isKnown(full) || classes.contains(full) else {
            throw refused("it refers to '\(full.prefix(80))', which tensors do not need")
        }
        stack.append(.global(full))
    }

    /// The storage that a persistent id names.
    private func storage(_ id: PickleValue) throws(FormatError) -> PickleStorage {
        guard case .tuple(let list) = id, case let parts = list.items, parts.count >= 5,
            parts[0].string == "storage",
            case .global(let name) = parts[1],
            case let type = PickleNames.storages[name],
            type != nil || PickleNames.untypedStorages.contains(name),
            let key = parts[2].string, let count = parts[4].integer, count >= 0
        else { throw corrupt("a persistent id that is no storage") }
        return PickleStorage(key: key, type: type, count: count)
    }

    /// What calling a name would give.
    private func call(_ function: PickleValue, _ arguments: PickleValue) throws(FormatError)
        -> PickleValue
    {
        guard case .global(let name) = function, case .tuple(let list) = arguments else {
            if case .opaque = function { return function }
            throw corrupt("a call of what is no function")
        }
        let arguments = list.items
        if classes.kept.contains(name) { return .object(nodes.object(name)) }
        if classes.contains(name) { return .opaque(name) }
        switch name {
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
            return .tensor(try tensor(arguments, type: nil))
        case "torch._utils._rebuild_tensor_v3":
            guard arguments.count > 6, case .global(let type) = arguments[6],
                let type = PickleNames.types[type]
            else { throw corrupt("a tensor without its type") }
            return .tensor(try tensor(arguments, type: type))
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
            "torch.nn.parameter.Parameter":
            guard let first = arguments.first else { throw corrupt("a parameter without data") }
            return first
        case "collections.OrderedDict", "builtins.dict", "__builtin__.dict",
            "collections.defaultdict":
            return .dictionary(nodes.dictionary())
        case "builtins.list", "__builtin__.list", "builtins.set", "__builtin__.set":
            return arguments.first ?? .list(nodes.list())
        case "torch.Size": return arguments.first ?? .tuple(nodes.list())
        default:
            guard PickleNames.opaque.contains(name) else {
                throw refused("a call of '\(name)', which tensors do not need")
            }
            return .opaque(name)
        }
    }

    private func tensor(_ arguments: [PickleValue], type: SafetensorsType?) throws(FormatError)
        -> PickleTensor
    {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0],
            let offset = arguments[1].integer, let shape = arguments[2].integers,
            let strides = arguments[3].integers, offset >= 0, shape.count == strides.count,
            (shape + strides).allSatisfy({ $0 >= 0 })
        else { throw corrupt("a tensor without storage, offset, shape and strides") }
        guard let type = type ?? storage.type else { throw corrupt("a tensor without its type") }
        return PickleTensor(
            storage: storage, type: type, offset: offset, shape: shape, strides: strides)
    }
}
