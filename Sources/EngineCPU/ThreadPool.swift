import CKernels
import COneDNN
import Engines
import Synchronization

/// Threads that share the pieces of one kernel at a time.
final class ThreadPool: Sendable {
    let threads: Int
    private let pool: PoolHandle
    /// One run at a time, whoever asks.
    private let turn = Mutex(())

    init(threads: Int) throws {
        // oneDNN's own threads would change bits with their number: every worker has one.
        let start: @convention(c) () -> Void = { omp_set_num_threads(1) }
        guard let pool = unsafe ck_pool_create(Int32(threads), start) else {
            throw EngineError.resources(
                "\(threads) threads could not be started: ask for fewer with --threads")
        }
        self.threads = threads
        self.pool = unsafe PoolHandle(pool)
    }

    /// Runs the steps one after another, the pieces of each on all threads.
    ///
    /// No signal reaches a thread meanwhile: a handler's frame would be written where the stack pointer
    /// stands, and in oneDNN's products for AVX-512 that is the heap.
    func run(_ steps: [any Kernel], in frame: Frame) {
        turn.withLock { _ in
            var signals = ck_signals()
            unsafe ck_signals_hold(&signals)
            defer { unsafe ck_signals_let_in(&signals) }
            for step in steps {
                let pieces = step.pieces
                step.prepare(frame)
                if pieces == 1 {
                    step.run(frame, piece: 0, worker: 0)
                } else {
                    runPieces(of: step, pieces, frame)
                }
                step.finish(frame)
            }
        }
    }

    private func runPieces(of step: any Kernel, _ pieces: Int, _ frame: Frame) {
        let call = KernelCall(step: step, frame: frame)
        withExtendedLifetime(call) {
            unsafe ck_pool_run(
                pool.pointer, pieces,
                { context, piece, worker in
                    guard let context = unsafe context else { return }
                    let call = unsafe Unmanaged<KernelCall>.fromOpaque(context)
                        .takeUnretainedValue()
                    call.step.run(call.frame, piece: piece, worker: Int(worker))
                }, Unmanaged.passUnretained(call).toOpaque())
        }
    }
}

/// What the workers are told through a C pointer.
private final class KernelCall {
    let step: any Kernel
    let frame: Frame

    init(step: any Kernel, frame: Frame) {
        self.step = step
        self.frame = frame
    }
}

/// Owns the C pool.
@safe
private final class PoolHandle: @unchecked Sendable {  // @unchecked: used under the pool's lock.
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe ck_pool_destroy(pointer) }
}
