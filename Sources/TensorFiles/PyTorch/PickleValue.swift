import Formats

/// A value in a pickle, as far as tensors and what describes them need it.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case bytes(ArraySlice<UInt8>)
    case list(PickleList)
    case dictionary(PickleDictionary)
    case tuple(PickleList)
    /// A class or function by its name; it is never called.
    case global(String)
    case storage(PickleStorage)
    case tensor(PickleTensor)
    /// An instance of a class that a reader asks for, with its attributes.
    case object(PickleObject)
    /// What some function that is known to make no tensors would have made.
    case opaque(String)

    /// The attributes of an instance of a class, by the last part of its name.
    func attributes(of name: String) -> PickleDictionary? {
        guard case .object(let object) = self, object.name.hasSuffix("." + name),
            case .dictionary(let attributes)? = object.state
        else { return nil }
        return attributes
    }

    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .boolean(let value): value ? 1 : 0
        default: nil
        }
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }

    var integers: [Int]? {
        let values: [PickleValue]
        switch self {
        case .tuple(let list), .list(let list): values = list.items
        default: return nil
        }
        let integers = values.compactMap(\.integer)
        return integers.count == values.count ? integers : nil
    }
}

/// A list or tuple, shared by all that refer to it.
final class PickleList {
    var items: [PickleValue] = []
}

/// All lists and dictionaries of a pickle.
///
/// It takes them apart one by one when it goes. Otherwise lists that are nested a million deep would be
/// freed by a million nested calls, and those that hold themselves not at all.
final class PickleNodes {
    private var lists: [PickleList] = []
    private var dictionaries: [PickleDictionary] = []
    private var objects: [PickleObject] = []

    deinit {
        for object in objects { object.state = nil }
        for list in lists { list.items = [] }
        for dictionary in dictionaries { dictionary.entries = [] }
    }

    func list(_ items: [PickleValue] = []) -> PickleList {
        let list = PickleList()
        list.items = items
        lists.append(list)
        return list
    }

    func object(_ name: String) -> PickleObject {
        let object = PickleObject(name)
        objects.append(object)
        return object
    }

    func dictionary() -> PickleDictionary {
        let dictionary = PickleDictionary()
        dictionaries.append(dictionary)
        return dictionary
    }
}

/// A dictionary in the order of its entries, shared by all that refer to it.
final class PickleDictionary {
    var entries: [(key: PickleValue, value: PickleValue)] = []

    /// The value of a key that is a string; the last of its name.
    subscript(_ key: String) -> PickleValue? { entries.last { $0.key.string == key }?.value }
}

/// An instance of a class, which is never made: its name, and the state that it would have.
final class PickleObject {
    let name: String
    var state: PickleValue?

    init(_ name: String) { self.name = name }
}

/// Classes that some pickles refer to beside those of ``PickleNames``.
struct PickleClasses {
    /// Those whose instances become ``PickleValue/object(_:)``.
    var kept: Set<String> = []
    /// What names begin with that stand for values of no matter.
    var ignored: [String] = []

    func contains(_ name: String) -> Bool {
        kept.contains(name) || ignored.contains { name.hasPrefix($0) }
    }
}

/// Numbers that a file holds beside its pickle.
struct PickleStorage {
    var key: String
    /// Nil for bytes whose type each tensor says.
    var type: SafetensorsType?
    /// Elements, or bytes where there is no type.
    var count: Int
}

/// A view of a storage.
struct PickleTensor {
    var storage: PickleStorage
    var type: SafetensorsType
    var offset: Int
    var shape: [Int]
    var strides: [Int]
}
