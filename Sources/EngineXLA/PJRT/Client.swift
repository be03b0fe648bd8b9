import CPJRT
import Engines
import Foundation
import SwiftProtobuf
import Tensors
import XLAMessages

/// A plugin at work: its first device, and what is uploaded and compiled for it.
@safe final class Client: @unchecked Sendable {
    // The pointers never change, and the plugin's functions may be called from any thread.
    let plugin: Plugin
    /// `cpu`, `cuda`, `tpu`.
    let platform: String
    /// The plugin's own words about its version.
    let platformVersion: String
    /// The kind of the device, as `NVIDIA H200`.
    let deviceKind: String
    private let handle: OpaquePointer
    /// Devices that this process may use, the first of which has what is not spread.
    private let devices: [OpaquePointer]

    /// Starts a client.
    ///
    /// - Parameters:
    ///   - plugin: The library.
    ///   - threads: Threads of XLA's CPU runtime; other platforms ignore it.
    ///   - count: How many devices are needed.
    /// - Throws: ``EngineError`` when the plugin does not find so many devices that it can use.
    init(_ plugin: Plugin, threads: Int, devices count: Int = 1) throws {
        self.plugin = plugin
        let api = unsafe plugin.api
        // The CPU's client reads the number of its threads here, when it is made.
        unsafe setenv("PJRT_NPROC", "\(threads)", 1)
        var create = unsafe pjrt_client_create_arguments()
        unsafe create.struct_size = MemoryLayout<pjrt_client_create_arguments>.size
        do {
            try unsafe Self.withOptions(devices: count) { options in
                unsafe create.options = options.baseAddress
                unsafe create.option_count = options.count
                try unsafe plugin.call(api.pointee.client_create, &create, "start")
            }
        } catch EngineError.failed(_, let reason) {
            throw EngineError.resources(
                "the PJRT plugin \(plugin.path) finds no device to work on: \(reason)\nGive --plugin "
                    + "one for this machine; scripts/setup-xla.sh fetches one for the CPU.")
        }
        guard let handle = unsafe create.client else {
            throw EngineError.resources("the PJRT plugin \(plugin.path) made no client")
        }
        unsafe self.handle = handle

        var name = unsafe pjrt_client_string_arguments()
        unsafe name.struct_size = MemoryLayout<pjrt_client_string_arguments>.size
        unsafe name.client = handle
        try unsafe plugin.call(api.pointee.client_platform_name, &name, "name its platform")
        platform = unsafe String(name.string, count: name.string_size)
        try unsafe plugin.call(api.pointee.client_platform_version, &name, "name its version")
        platformVersion = unsafe String(name.string, count: name.string_size)

        var devices = unsafe pjrt_client_devices_arguments()
        unsafe devices.struct_size = MemoryLayout<pjrt_client_devices_arguments>.size
        unsafe devices.client = handle
        try unsafe plugin.call(
            api.pointee.client_addressable_devices, &devices, "list its devices")
        let found = unsafe UnsafeBufferPointer(
            start: devices.devices, count: devices.device_count)
        unsafe self.devices = unsafe found.compactMap { unsafe $0 }
        guard unsafe self.devices.count >= count, let first = unsafe self.devices.first else {
            throw EngineError.resources(
                "the PJRT plugin \(plugin.path) has \(unsafe self.devices.count) devices, and "
                    + "\(count) are needed; give --devices fewer")
        }

        var description = unsafe pjrt_device_description_arguments()
        unsafe description.struct_size = MemoryLayout<pjrt_device_description_arguments>.size
        unsafe description.device = first
        try unsafe plugin.call(
            api.pointee.device_get_description, &description, "describe its device")
        var kind = unsafe pjrt_device_kind_arguments()
        unsafe kind.struct_size = MemoryLayout<pjrt_device_kind_arguments>.size
        unsafe kind.description = description.description
        try unsafe plugin.call(
            api.pointee.device_description_kind, &kind, "name the kind of its device")
        deviceKind = unsafe String(kind.kind, count: kind.kind_size)
    }

    /// Options that ask for several devices; none for one.
    private static func withOptions(
        devices count: Int, _ body: (UnsafeBufferPointer<pjrt_named_value>) throws -> Void
    ) throws {
        guard count > 1 else { return try unsafe body(UnsafeBufferPointer(start: nil, count: 0)) }
        try unsafe Array("cpu_device_count".utf8CString).withUnsafeBufferPointer { name in
            var option = unsafe pjrt_named_value()
            unsafe option.struct_size = MemoryLayout<pjrt_named_value>.size
            unsafe option.name = name.baseAddress
            unsafe option.name_size = name.count - 1
            unsafe option.kind = Int32(PJRT_VALUE_INT64.rawValue)
            unsafe option.value.integer = Int64(count)
            unsafe option.value_size = 1
            try unsafe withUnsafePointer(to: &option) { option in
                try unsafe body(UnsafeBufferPointer(start: option, count: 1))
            }
        }
    }

    deinit {
        var arguments = unsafe pjrt_client_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_client_arguments>.size
        unsafe arguments.client = handle
        try? unsafe plugin.call(plugin.api.pointee.client_destroy, &arguments, "stop")
    }

    /// Bytes of the device's memory in use at most so far; nil where the device does not count.
    var peakMemoryBytes: Int? {
        var arguments = unsafe pjrt_device_memory_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_device_memory_arguments>.size
        unsafe arguments.device = devices[0]
        do {
            try unsafe plugin.call(
                plugin.api.pointee.device_memory_stats, &arguments, "count memory")
        } catch {
            return nil
        }
        return unsafe arguments.peak_bytes_in_use_is_set
            ? Int(unsafe arguments.peak_bytes_in_use) : nil
    }

    /// Copies a tensor to a device.
    func upload(_ tensor: Tensor, to device: Int = 0) throws -> DeviceBuffer {
        let dimensions = tensor.shape.dimensions.map(Int64.init)
        var arguments = unsafe pjrt_buffer_from_host_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_buffer_from_host_arguments>.size
        unsafe arguments.client = handle
        unsafe arguments.element_type = Int32(tensor.elementType.pjrt)
        unsafe arguments.dimension_count = dimensions.count
        unsafe arguments.semantics = Int32(PJRT_HOST_BUFFER_COPIED_DURING_CALL.rawValue)
        unsafe arguments.device = devices[device]
        try unsafe tensor.bytes.withUnsafeBytes { bytes in
            try unsafe dimensions.withUnsafeBufferPointer { dimensions in
                unsafe arguments.data = bytes.baseAddress
                unsafe arguments.dimensions = dimensions.baseAddress
                try unsafe plugin.call(
                    plugin.api.pointee.client_buffer_from_host_buffer, &arguments,
                    "upload \(tensor.elementType.rawValue)\(tensor.shape)")
            }
        }
        guard let buffer = unsafe arguments.buffer else {
            throw EngineError.failed(engine: "xla", "an upload made no buffer")
        }
        let result = unsafe DeviceBuffer(buffer, self)
        try unsafe plugin.wait(for: arguments.done_with_host_buffer, "upload a tensor")
        return result
    }

    /// Compiles a module.
    ///
    /// - Parameters:
    ///   - text: StableHLO as text.
    ///   - overrides: XLA's own options by name.
    ///   - resultCount: The number of the module's results.
    ///   - replicas: How many devices run it, each with operands of its own: from the first on.
    /// - Returns: The compiled module.
    /// - Throws: ``EngineError`` with the compiler's words.
    func compile(
        _ text: String, overrides: [String: Bool], resultCount: Int, replicas: Int = 1
    ) throws -> LoadedExecutable {
        var options = ProtoCompileOptions()
        options.buildOptions.deviceOrdinal = -1
        options.buildOptions.replicaCount = Int64(replicas)
        options.buildOptions.partitionCount = 1
        for (name, flag) in overrides { options.optionOverrides[name] = .with { $0.flag = flag } }
        let serialized: [UInt8] = try options.serializedBytes()
        var arguments = unsafe pjrt_compile_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_compile_arguments>.size
        unsafe arguments.client = handle
        var text = text
        try text.withUTF8 { code in
            try unsafe Array("mlir".utf8).withUnsafeBytes { format in
                try unsafe serialized.withUnsafeBytes { serialized in
                    var program = unsafe pjrt_program()
                    unsafe program.struct_size = MemoryLayout<pjrt_program>.size
                    // The plugin reads the code and writes nothing.
                    unsafe program.code = UnsafeMutableRawPointer(
                        mutating: UnsafeRawPointer(code.baseAddress))?
                        .assumingMemoryBound(to: CChar.self)
                    unsafe program.code_size = code.count
                    unsafe program.format = format.baseAddress?
                        .assumingMemoryBound(to: CChar.self)
                    unsafe program.format_size = format.count
                    unsafe arguments.options = serialized.baseAddress?
                        .assumingMemoryBound(to: CChar.self)
                    unsafe arguments.options_size = serialized.count
                    try unsafe withUnsafePointer(to: &program) { program in
                        unsafe arguments.program = program
                        try unsafe plugin.call(
                            plugin.api.pointee.client_compile, &arguments, "compile the program")
                    }
                }
            }
        }
        guard let executable = unsafe arguments.executable else {
            throw EngineError.failed(engine: "xla", "a compilation made no executable")
        }
        return unsafe LoadedExecutable(executable, self, resultCount: resultCount)
    }
}

extension ElementType {
    /// PJRT's number.
    var pjrt: UInt32 {
        switch self {
        case .f32: PJRT_TYPE_F32.rawValue
        case .f64: PJRT_TYPE_F64.rawValue
        case .bf16: PJRT_TYPE_BF16.rawValue
        case .i32: PJRT_TYPE_S32.rawValue
        case .bool: PJRT_TYPE_PRED.rawValue
        }
    }
}
