import COneDNN
import Engines

/// A primitive of oneDNN that several workers run at once.
///
/// Every worker has memory objects and scratch of its own, made here, so that a run makes none.
@safe
final class OneDNNPrimitive: @unchecked Sendable {
    // @unchecked: a worker touches nothing but its own arguments and stream.

    private let primitive: dnnl_primitive_t
    private let arguments: UnsafeMutablePointer<dnnl_exec_arg_t>
    private let streams: [dnnl_stream_t]
    private let operands: Int
    private let scratch: AlignedMemory?

    /// Creates a primitive.
    ///
    /// - Parameters:
    ///   - description: What it computes; taken over, and destroyed.
    ///   - operands: The number and layout of each tensor, in the order in which `run` takes them.
    ///   - workers: How many workers run it.
    /// - Throws: ``EngineError`` when oneDNN refuses.
    init(
        taking description: dnnl_primitive_desc_t, operands: [(Int32, dnnl_memory_desc_t)],
        workers: Int
    ) throws {
        defer { unsafe dnnl_primitive_desc_destroy(description) }
        let engine = try unsafe OneDNN.processor()
        let scratchLayout = unsafe dnnl_primitive_desc_query_md(
            description, dnnl_query_scratchpad_md, 0)
        let scratchSize = unsafe scratchLayout.map { unsafe dnnl_memory_desc_get_size($0) } ?? 0
        let aligned = (scratchSize + 63) / 64 * 64
        scratch = scratchSize > 0 ? try AlignedMemory(byteCount: aligned * workers) : nil
        let width = operands.count + (scratchSize > 0 ? 1 : 0)

        var made: dnnl_primitive_t?
        try OneDNN.check(unsafe dnnl_primitive_create(&made, description), "create")
        guard let made = unsafe made else { throw OneDNN.failure("create") }
        unsafe primitive = unsafe made
        self.operands = operands.count
        unsafe arguments = .allocate(capacity: workers * width)
        var streams: [dnnl_stream_t] = unsafe []
        for worker in 0..<workers {
            var stream: dnnl_stream_t?
            try OneDNN.check(
                unsafe dnnl_stream_create(
                    &stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "stream")
            guard let stream = unsafe stream else { throw OneDNN.failure("stream") }
            unsafe streams.append(stream)
            for (index, operand) in operands.enumerated() {
                var layout = operand.1
                var memory: dnnl_memory_t?
                try OneDNN.check(
                    unsafe dnnl_memory_create(&memory, &layout, engine, nil), "memory")
                unsafe (arguments + worker * width + index).initialize(
                    to: dnnl_exec_arg_t(arg: operand.0, memory: memory))
            }
            if let scratch {
                var memory: dnnl_memory_t?
                try OneDNN.check(
                    unsafe dnnl_memory_create(
                        &memory, scratchLayout, engine, scratch.address + worker * aligned),
                    "memory")
                unsafe (arguments + worker * width + operands.count).initialize(
                    to: dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: memory))
            }
        }
        unsafe self.streams = unsafe streams
    }

    deinit {
        let width = operands + (scratch == nil ? 0 : 1)
        for index in unsafe 0..<(streams.count * width) {
            unsafe dnnl_memory_destroy(arguments[index].memory)
        }
        unsafe arguments.deallocate()
        for worker in unsafe streams.indices { unsafe dnnl_stream_destroy(streams[worker]) }
        unsafe dnnl_primitive_destroy(primitive)
    }

    /// Runs on the tensors at `addresses`.
    func run(
        worker: Int, _ first: UnsafeMutableRawPointer, _ second: UnsafeMutableRawPointer,
        _ third: UnsafeMutableRawPointer? = nil
    ) {
        let width = operands + (scratch == nil ? 0 : 1)
        let mine = unsafe arguments + worker * width
        unsafe Self.place(mine[0].memory, at: first)
        unsafe Self.place(mine[1].memory, at: second)
        if let third = unsafe third { unsafe Self.place(mine[2].memory, at: third) }
        let status = unsafe dnnl_primitive_execute(primitive, streams[worker], Int32(width), mine)
        if status != dnnl_success { OneDNN.fail(status) }
    }

    /// Says where a tensor stands.
    ///
    /// oneDNN clears padding each time it is told: only news is told.
    private static func place(_ memory: dnnl_memory_t?, at address: UnsafeMutableRawPointer) {
        var present: UnsafeMutableRawPointer?
        unsafe dnnl_memory_get_data_handle(memory, &present)
        if unsafe present != address { unsafe dnnl_memory_set_data_handle(memory, address) }
    }
}
