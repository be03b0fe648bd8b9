import CPJRT
import Engines
import Programs
import Tensors

/// A tensor in a device's memory.
@safe final class DeviceBuffer {
    let handle: OpaquePointer
    /// What the buffer belongs to, which must not stop before the buffer is freed.
    let client: Client
    private var plugin: Plugin { client.plugin }

    /// Takes a buffer over from the plugin.
    init(_ handle: OpaquePointer, _ client: Client) {
        unsafe self.handle = handle
        self.client = client
    }

    deinit {
        var arguments = unsafe pjrt_buffer_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_buffer_arguments>.size
        unsafe arguments.buffer = handle
        try? unsafe plugin.call(plugin.api.pointee.buffer_destroy, &arguments, "free a buffer")
    }

    /// Copies the contents to the host, in row-major order whatever the device's.
    ///
    /// - Parameter type: The shape and element type, which the buffer must have.
    /// - Returns: The tensor.
    /// - Throws: ``EngineError`` when the computation of the contents failed, or the copy does.
    func download(_ type: ValueType) throws -> Tensor {
        let order = (0..<type.shape.rank).reversed().map(Int64.init)
        var bytes = [UInt8](
            repeating: 0, count: type.shape.count * type.elementType.byteCount)
        var arguments = unsafe pjrt_buffer_to_host_arguments()
        unsafe arguments.struct_size = MemoryLayout<pjrt_buffer_to_host_arguments>.size
        unsafe arguments.source = handle
        try unsafe order.withUnsafeBufferPointer { order in
            var layout = unsafe pjrt_layout()
            unsafe layout.struct_size = MemoryLayout<pjrt_layout>.size
            unsafe layout.kind = Int32(PJRT_LAYOUT_TILED.rawValue)
            unsafe layout.tiled.struct_size = MemoryLayout<pjrt_tiled_layout>.size
            unsafe layout.tiled.minor_to_major = order.baseAddress
            unsafe layout.tiled.minor_to_major_count = order.count
            try unsafe withUnsafeMutablePointer(to: &layout) { layout in
                try unsafe bytes.withUnsafeMutableBytes { bytes in
                    unsafe arguments.layout = layout
                    unsafe arguments.destination = bytes.baseAddress
                    unsafe arguments.destination_size = bytes.count
                    try unsafe plugin.call(
                        plugin.api.pointee.buffer_to_host_buffer, &arguments, "download \(type)")
                    try unsafe plugin.wait(for: arguments.event, "download \(type)")
                }
            }
        }
        return Tensor(bytes: bytes, shape: type.shape, elementType: type.elementType)
    }
}
