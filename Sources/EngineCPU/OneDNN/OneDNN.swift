import CKernels
import COneDNN
import Engines
import Synchronization

/// The library of matrix products, and what it is bound to.
enum OneDNN {
    private static let bound = Mutex<InstructionSet?>(nil)
    private static let processorHandle = ProcessorHandle()

    /// Binds oneDNN to an instruction set, once in a process.
    static func bind(to instructionSet: InstructionSet) throws {
        try bound.withLock { bound in
            if bound == instructionSet { return }
            if let bound {
                throw EngineError.unsupported(
                    engine: "cpu",
                    "oneDNN is bound to \(bound.rawValue) in this process; run another process "
                        + "for \(instructionSet.rawValue)")
            }
            let limit: dnnl_cpu_isa_t? =
                switch instructionSet {
                // The plain product is used instead: oneDNN is never called.
                case .portable: nil
                case .avx2: dnnl_cpu_isa_avx2
                // The widest that the processor has, among those of 512 bits.
                case .avx512: nil
                }
            if let limit {
                let status = dnnl_set_max_cpu_isa(limit)
                guard status == dnnl_success else {
                    throw EngineError.unsupported(
                        engine: "cpu",
                        "oneDNN does not bind to \(instructionSet.rawValue) (status "
                            + "\(status.rawValue)): is it used elsewhere in this process?")
                }
            }
            bound = instructionSet
        }
    }

    /// The version of the library that is loaded.
    static var version: String {
        guard let version = unsafe dnnl_version() else { return "unknown" }
        return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.patch)"
    }

    /// oneDNN's view of the processor, made once; bind first.
    static func processor() throws -> dnnl_engine_t {
        guard let handle = processorHandle else { throw failure("start") }
        return unsafe handle.engine
    }

    /// Attributes of primitives whose scratch is given to them; the caller destroys them.
    static func attributes() throws -> dnnl_primitive_attr_t {
        var attributes: dnnl_primitive_attr_t?
        try check(unsafe dnnl_primitive_attr_create(&attributes), "make attributes")
        guard let attributes = unsafe attributes else { throw failure("make attributes") }
        try check(
            unsafe dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
            "give scratch")
        return unsafe attributes
    }

    /// Throws where a call did not succeed.
    static func check(_ status: dnnl_status_t, _ action: String) throws {
        if status == dnnl_out_of_memory {
            throw EngineError.resources(
                "oneDNN \(version) could not \(action): no memory is left: free some, or make the model "
                    + "or the batch smaller")
        }
        if status != dnnl_success { throw failure("\(action) (status \(status.rawValue))") }
    }

    /// Ends the program where a call in the midst of a step did not succeed, which no step can go on from.
    static func fail(_ status: dnnl_status_t) -> Never {
        let reason =
            status == dnnl_out_of_memory ? "no memory is left" : "status \(status.rawValue)"
        fatalError(
            "oneDNN \(version) could not multiply matrices: \(reason); free memory and run the same "
                + "command again: it goes on from the last checkpoint")
    }

    /// The error of a call that failed.
    static func failure(_ action: String) -> EngineError {
        .resources("oneDNN \(version) could not \(action): is its library damaged?")
    }

    /// `c = op(a) op(b)`, row-major, with one thread; see `ck_matmul_f32` for the arguments.
    static func multiply(
        _ m: Int, _ n: Int, _ k: Int, transposeA: Bool, transposeB: Bool,
        _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
        _ c: UnsafeMutablePointer<Float>, _ ldc: Int, on instructionSet: InstructionSet
    ) {
        if instructionSet == .portable {
            unsafe ck_matmul_f32(
                m, n, k, transposeA ? 1 : 0, transposeB ? 1 : 0, a, lda, b, ldb, c, ldc)
            return
        }
        let none = CChar(UInt8(ascii: "N"))
        let transposed = CChar(UInt8(ascii: "T"))
        let status = unsafe dnnl_sgemm(
            transposeA ? transposed : none, transposeB ? transposed : none, Int64(m), Int64(n),
            Int64(k), 1, a, Int64(lda), b, Int64(ldb), 0, c, Int64(ldc))
        if status != dnnl_success { Self.fail(status) }
    }
}

/// Owns oneDNN's engine for as long as the process lives.
@safe
private final class ProcessorHandle: @unchecked Sendable {  // @unchecked: never changed.
    let engine: dnnl_engine_t

    init?() {
        var engine: dnnl_engine_t?
        guard unsafe dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success,
            let engine = unsafe engine
        else { return nil }
        unsafe self.engine = unsafe engine
    }
}
