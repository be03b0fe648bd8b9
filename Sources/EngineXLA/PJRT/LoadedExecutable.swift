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

    /// Runs the module on the first device and waits for its end.
    ///
    /// - Parameter operands: The module's arguments; those that it takes over are no longer valid.
    /// - Returns: The module's results.
    /// - Throws: ``EngineError`` when the run could not begin, or failed.
    func run(_ operands: [DeviceBuffer]) throws -> [DeviceBuffer] { try run([operands])[0] }

    /// Runs the module on several devices at a time and waits for the end of all.
    ///
    /// - Parameter operands: For each device the module's arguments, as for ``run(_:)-1``.
    /// - Returns: For each device the module's results.
    /// - Throws: ``EngineError`` when the run could not begin, or failed on a device.
    func run(_ operands: [[DeviceBuffer]]) throws -> [[DeviceBuffer]] {
        let (devices, count) = (operands.count, operands[0].count)
        var options = unsafe pjrt_execute_options()
        unsafe options.struct_size = MemoryLayout<pjrt_execute_options>.size
        var arguments = unsafe pjrt_execute_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_execute_arguments>.size
        unsafe arguments.executable = handle
        unsafe arguments.device_count = devices
        unsafe arguments.argument_count = count
        let handles = unsafe operands.joined().map { unsafe Optional($0.handle) }
        var results = unsafe [OpaquePointer?](repeating: nil, count: devices * resultCount)
        var completed = unsafe [OpaquePointer?](repeating: nil, count: devices)
        try unsafe handles.withUnsafeBufferPointer { handles in
            try unsafe results.withUnsafeMutableBufferPointer { results in
                // For each device where its arguments and its results begin.
                let argumentLists = unsafe (0..<devices).map { device in
                    unsafe handles.baseAddress.map { unsafe $0 + device * count }
                }
                let resultLists = unsafe (0..<devices).map { device in
                    unsafe results.baseAddress.map { unsafe $0 + device * resultCount }
                }
                try unsafe argumentLists.withUnsafeBufferPointer { argumentLists in
                    try unsafe resultLists.withUnsafeBufferPointer { resultLists in
                        try unsafe withUnsafeMutablePointer(to: &options) { options in
                            try unsafe completed.withUnsafeMutableBufferPointer { completed in
                                unsafe arguments.options = options
                                unsafe arguments.arguments = argumentLists.baseAddress
                                unsafe arguments.results = resultLists.baseAddress
                                unsafe arguments.completed = completed.baseAddress
                                try unsafe plugin.call(
                                    plugin.api.pointee.loaded_executable_execute, &arguments,
                                    "begin a run")
                            }
                        }
                    }
                }
            }
        }
        let buffers = unsafe results.map { handle in
            unsafe handle.map { unsafe DeviceBuffer($0, client) }
        }
        let outcomes = unsafe completed.map { event in
            Result { try unsafe plugin.wait(for: event, "run the program") }
        }
        for outcome in outcomes { try outcome.get() }
        return (0..<devices).map { device in
            buffers[device * resultCount..<(device + 1) * resultCount].compactMap(\.self)
        }
    }
}
