import CPJRT
import Engines

/// A compiled module on a device.
@safe final class LoadedExecutable {
    private let handle: OpaquePointer
    /// What the executable belongs to, which must not stop before it is freed.
    private let client: Client
    private var plugin: Plugin { client.plugin }
    private let resultCount: Int

    /// Takes an executable over from the plugin.
    init(_ handle: OpaquePointer, _ client: Client, resultCount: Int) {
        unsafe self.handle = handle
        self.client = client
        self.resultCount = resultCount
    }

    deinit {
        var arguments = unsafe pjrt_loaded_executable_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_loaded_executable_arguments>.size
        unsafe arguments.executable = handle
        try? unsafe plugin.call(
            plugin.api.pointee.loaded_executable_destroy, &arguments, "free a program")
    }

    /// Runs the module and waits for its end.
    ///
    /// - Parameter operands: The module's arguments; those that it takes over are no longer valid.
    /// - Returns: The module's results.
    /// - Throws: ``EngineError`` when the run could not begin, or failed.
    func run(_ operands: [DeviceBuffer]) throws -> [DeviceBuffer] {
        var options = unsafe pjrt_execute_options()
        unsafe options.struct_size = MemoryLayout<pjrt_execute_options>.size
        var arguments = unsafe pjrt_execute_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_execute_arguments>.size
        unsafe arguments.executable = handle
        unsafe arguments.device_count = 1
        unsafe arguments.argument_count = operands.count
        let handles = unsafe operands.map { unsafe Optional($0.handle) }
        var results = unsafe [OpaquePointer?](repeating: nil, count: resultCount)
        var completed: OpaquePointer?
        try unsafe handles.withUnsafeBufferPointer { handles in
            try unsafe results.withUnsafeMutableBufferPointer { results in
                var argumentList = handles.baseAddress
                var resultList = results.baseAddress
                try unsafe withUnsafePointer(to: &argumentList) { argumentList in
                    try unsafe withUnsafePointer(to: &resultList) { resultList in
                        try unsafe withUnsafeMutablePointer(to: &options) { options in
                            try unsafe withUnsafeMutablePointer(to: &completed) { completed in
                                unsafe arguments.options = options
                                unsafe arguments.arguments = argumentList
                                unsafe arguments.results = resultList
                                unsafe arguments.completed = completed
                                try unsafe plugin.call(
                                    plugin.api.pointee.loaded_executable_execute, &arguments,
                                    "begin a run")
                            }
                        }
                    }
                }
            }
        }
        let buffers = unsafe results.compactMap { handle in
            unsafe handle.map { unsafe DeviceBuffer($0, client) }
        }
        try unsafe plugin.wait(for: completed, "run the program")
        return buffers
    }
}
