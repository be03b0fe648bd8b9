import CPJRT
import Engines
import Foundation
import Synchronization

/// A shared library that holds a compiler and a runtime behind the PJRT C interface.
///
/// A library is loaded and set up once in a process, and stays.
@safe final class Plugin: Sendable {
    /// Where the library stands.
    let path: String
    /// The version of the interface that it was built with.
    let version: (major: Int, minor: Int)
    // The table is constant, and its functions may be called from any thread.
    nonisolated(unsafe) let api: UnsafePointer<pjrt_api>

    private static let loaded = Mutex<[String: Plugin]>([:])

    /// The library at a path, loaded now or before.
    ///
    /// - Throws: ``EngineError`` when it is missing, no plugin, or of a version that does not fit.
    static func at(_ path: String) throws -> Plugin {
        let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return try loaded.withLock { loaded in
            if let plugin = loaded[path] { return plugin }
            let plugin = try Plugin(path)
            loaded[path] = plugin
            return plugin
        }
    }

    private init(_ path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else {
            throw EngineError.resources(
                "there is no PJRT plugin \(path); scripts/setup-xla.sh fetches one for the CPU")
        }
        if let problem = SharedLibraryFile.problem(path) {
            throw EngineError.resources("the PJRT plugin \(path) cannot be loaded: \(problem)")
        }
        // XLA's C++ parts log to standard error unless told otherwise.
        unsafe setenv("TF_CPP_MIN_LOG_LEVEL", "2", 0)
        guard let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
            throw EngineError.resources("the PJRT plugin \(path) cannot be loaded: \(reason)")
        }
        guard let symbol = unsafe dlsym(library, "GetPjrtApi") else {
            throw EngineError.resources(
                "\(path) is no PJRT plugin: it exports no GetPjrtApi; give --plugin a library that "
                    + "does, as scripts/setup-xla.sh fetches one")
        }
        guard let getter = unsafe unsafeBitCast(symbol, to: pjrt_get_api?.self),
            let api = unsafe getter()
        else { throw EngineError.resources("the PJRT plugin \(path) hands out no interface") }
        unsafe self.api = api
        version = unsafe (Int(api.pointee.version.major), Int(api.pointee.version.minor))
        try Self.check(
            version, tableSize: unsafe api.pointee.struct_size, path: path)
        var arguments = unsafe pjrt_plugin_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_plugin_arguments>.size
        try unsafe call(api.pointee.plugin_initialize, &arguments, "set up the plugin")
    }

    /// Refuses what is too old or too new.
    ///
    /// - Parameters:
    ///   - version: What the plugin says.
    ///   - tableSize: The size of its table of functions in bytes.
    ///   - path: The plugin, for the message.
    /// - Throws: ``EngineError/resources(_:)``.
    static func check(_ version: (major: Int, minor: Int), tableSize: Int, path: String) throws {
        let versions = "0.\(PJRT_OLDEST_MINOR) and later versions 0.y"
        let found = "the PJRT plugin \(path) has version \(version.major).\(version.minor)"
        if version.major != Int(PJRT_MAJOR) {
            throw EngineError.resources(
                "\(found), which is too new: this build of ballast knows \(versions)")
        }
        if version.minor < Int(PJRT_OLDEST_MINOR) {
            throw EngineError.resources(
                "\(found), which is too old: ballast needs \(versions); update the plugin")
        }
        let known = unsafe MemoryLayout<pjrt_api>.size
        guard tableSize >= known else {
            throw EngineError.resources(
                "\(found), but its table of functions has \(tableSize) bytes and not at least "
                    + "\(known); it is damaged: fetch it again")
        }
    }

    /// Calls a function of the table.
    ///
    /// - Parameters:
    ///   - function: The function.
    ///   - arguments: Its struct, whose size is set.
    ///   - what: What is tried, for the message.
    /// - Throws: ``EngineError`` with the plugin's own words.
    func call<Arguments>(
        _ function: pjrt_function?, _ arguments: inout Arguments, _ what: String
    ) throws {
        guard let function = unsafe function else {
            throw EngineError.resources(
                "the PJRT plugin \(path) cannot \(what): it lacks the function")
        }
        let error = unsafe withUnsafeMutableBytes(of: &arguments) { bytes in
            unsafe function(bytes.baseAddress)
        }
        if let error = unsafe error { throw unsafe failure(error, what) }
    }

    /// Turns a plugin's error into one of ours, and frees it.
    private func failure(_ error: OpaquePointer, _ what: String) -> EngineError {
        var message = unsafe pjrt_error_message_arguments()
        unsafe message.struct_size = MemoryLayout<pjrt_error_message_arguments>.size
        unsafe message.error = error
        unsafe withUnsafeMutableBytes(of: &message) { bytes in
            unsafe api.pointee.error_message?(bytes.baseAddress)
        }
        let text = unsafe String(message.message, count: message.message_size)
        var code = unsafe pjrt_error_code_arguments()
        unsafe code.struct_size = MemoryLayout<pjrt_error_code_arguments>.size
        unsafe code.error = error
        _ = unsafe withUnsafeMutableBytes(of: &code) { bytes in
            unsafe api.pointee.error_code?(bytes.baseAddress)
        }
        var end = unsafe pjrt_error_arguments()
        unsafe end.struct_size = MemoryLayout<pjrt_error_arguments>.size
        unsafe end.error = error
        unsafe withUnsafeMutableBytes(of: &end) { bytes in
            unsafe api.pointee.error_destroy?(bytes.baseAddress)
        }
        let reason = "XLA could not \(what): \(text)"
        switch unsafe Int(code.code) {
        case PJRT_CODE_RESOURCE_EXHAUSTED:
            return .resources(
                reason + "\nThe device's memory does not hold the program: take a smaller "
                    + "data.batch, model.context or model.width, or a larger device.")
        case PJRT_CODE_UNAVAILABLE:
            return .failed(engine: "xla", reason)
        case PJRT_CODE_UNIMPLEMENTED:
            return .unsupported(engine: "xla", reason)
        default:
            return .failed(engine: "xla", reason)
        }
    }

    /// Waits for an event and frees it.
    ///
    /// - Parameters:
    ///   - event: The event; none is done.
    ///   - what: What is waited for, for the message.
    /// - Throws: ``EngineError`` when what the event stands for failed.
    func wait(for event: OpaquePointer?, _ what: String) throws {
        guard let event = unsafe event else { return }
        var arguments = unsafe pjrt_event_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_event_arguments>.size
        unsafe arguments.event = event
        defer {
            try? unsafe call(api.pointee.event_destroy, &arguments, "free an event")
        }
        try unsafe call(api.pointee.event_await, &arguments, what)
    }
}

extension String {
    /// The text of `count` bytes, or nothing for a null pointer.
    init(_ characters: UnsafePointer<CChar>?, count: Int) {
        guard let characters = unsafe characters else {
            self = ""
            return
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: characters, count: count)
        self = unsafe String(decoding: bytes, as: UTF8.self)
    }
}
