import CKernels
import Foundation
import Synchronization
import Testing

/// What a job writes: how often each piece ran, and whether every worker's number was in range.
private final class Tally {
    let counts: UnsafeMutableBufferPointer<Int32>
    let threads: Int32
    var isInRange: UnsafeMutablePointer<Bool>

    init(pieces: Int, threads: Int32) {
        counts = .allocate(capacity: pieces)
        counts.initialize(repeating: 0)
        self.threads = threads
        isInRange = .allocate(capacity: 1)
        isInRange.initialize(to: true)
    }

    deinit {
        counts.deallocate()
        isInRange.deallocate()
    }

    func run(on pool: OpaquePointer) {
        ck_pool_run(
            pool, counts.count,
            { context, piece, worker in
                guard let context else { return }
                let tally = Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
                tally.counts[piece] += 1
                if worker < 0 || worker >= tally.threads { tally.isInRange.pointee = false }
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}

private func withPool(_ threads: Int32, _ body: (OpaquePointer) -> Void) {
    guard let pool = ck_pool_create(threads, nil) else {
        Issue.record("no pool of \(threads) threads")
        return
    }
    body(pool)
    ck_pool_destroy(pool)
}

/// How often SIGURG, which nothing else here sends, reached its handler.
private let urgent = Atomic<Int>(0)

private func isHeld(_ number: Int32) -> Bool {
    var mask = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &mask)
    return sigismember(&mask, number) == 1
}

private let startLock = NSLock()
nonisolated(unsafe) private var startCount = 0

/// Elements that a job works on, a piece of them at a time.
private struct Slices {
    var isa: ck_isa
    var count: Int
    var width: Int
    var x: UnsafeMutablePointer<Float>
    var y: UnsafeMutablePointer<Float>
}

@Suite(.serialized) struct PoolTests {
    @Test(arguments: [1, 2, 4] as [Int32])
    func runsEachPieceOnce(threads: Int32) {
        withPool(threads) { pool in
            #expect(ck_pool_threads(pool) == threads)
            for pieces in [0, 1, 2, 3, 7, 64, 1000, 100_000] {
                for _ in 0..<(pieces < 100 ? 500 : 3) {
                    let tally = Tally(pieces: pieces, threads: threads)
                    tally.run(on: pool)
                    #expect(tally.counts.allSatisfy { $0 == 1 } && tally.isInRange.pointee)
                }
            }
        }
    }

    @Test(arguments: [2, 4] as [Int32])
    func runsAfterSleep(threads: Int32) {
        withPool(threads) { pool in
            for _ in 0..<20 {
                // Far longer than workers poll.
                usleep(2000)
                let tally = Tally(pieces: 16, threads: threads)
                tally.run(on: pool)
                #expect(tally.counts.allSatisfy { $0 == 1 })
            }
        }
    }

    @Test func aLongPieceIsWaitedFor() {
        withPool(2) { pool in
            let tally = Tally(pieces: 2, threads: 2)
            ck_pool_run(
                pool, 2,
                { context, piece, _ in
                    guard let context else { return }
                    usleep(piece == 0 ? 100 : 20000)
                    Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue().counts[piece] += 1
                }, Unmanaged.passUnretained(tally).toOpaque())
            #expect(tally.counts.allSatisfy { $0 == 1 })
        }
    }

    @Test func startRunsOncePerWorker() {
        startLock.withLock { startCount = 0 }
        let pool = ck_pool_create(4) { startLock.withLock { startCount += 1 } }
        ck_pool_destroy(pool)
        let count = startLock.withLock { startCount }
        #expect(count == 4)
        ck_pool_destroy(nil)
    }

    @Test func signalsWaitWhileTheyAreHeld() {
        _ = urgent.load(ordering: .relaxed)
        let before = signal(SIGURG) { _ in urgent.add(1, ordering: .relaxed) }
        defer { signal(SIGURG, before) }
        // Threads of a pool of tests have all signals kept from them.
        var mask = sigset_t(), own = sigset_t()
        sigaddset(&own, SIGURG)
        pthread_sigmask(SIG_UNBLOCK, &own, &mask)
        defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
        var signals = ck_signals()
        ck_signals_hold(&signals)
        pthread_kill(pthread_self(), SIGURG)
        #expect(urgent.load(ordering: .relaxed) == 0)
        #expect([SIGTERM, SIGINT, SIGUSR1, SIGPROF, SIGALRM].allSatisfy(isHeld))
        // A fault must end the program with a trace of its stack.
        #expect(![SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP].contains(where: isHeld))
        ck_signals_let_in(&signals)
        #expect(urgent.load(ordering: .relaxed) == 1)
        #expect(!isHeld(SIGURG))
    }

    @Test func workersTakeNoSignals() {
        let held = Tally(pieces: 8, threads: 2)
        withPool(2) { pool in
            ck_pool_run(
                pool, 8,
                { context, piece, worker in
                    guard let context else { return }
                    usleep(2000)
                    let tally = Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
                    let isRight = isHeld(SIGTERM) && !isHeld(SIGSEGV)
                    tally.counts[piece] = worker == 0 ? 2 : isRight ? 1 : 0
                }, Unmanaged.passUnretained(held).toOpaque())
        }
        #expect(held.counts.contains(1) && !held.counts.contains(0))
    }

    @Test func poolsComeAndGo() {
        for round in 0..<100 {
            withPool(3) { pool in
                guard round % 2 == 0 else { return }
                let tally = Tally(pieces: 5, threads: 3)
                tally.run(on: pool)
                #expect(tally.counts.allSatisfy { $0 == 1 })
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func bitsDoNotDependOnThreads(isa: InstructionSet) {
        var numbers = Numbers(95)
        let x = numbers.floats(40000)
        var results: [[Float]] = []
        for threads in [1, 2, 4] as [Int32] {
            let input = Output(x), output = Output(x.count)
            var slices = Slices(
                isa: isa.ck, count: x.count, width: 1001, x: input.pointer, y: output.pointer)
            defer { withExtendedLifetime(input) {} }
            withPool(threads) { pool in
                ck_pool_run(
                    pool, 40,
                    { context, piece, _ in
                        guard let s = context?.assumingMemoryBound(to: Slices.self).pointee else {
                            return
                        }
                        let first = piece * s.width, n = min(s.width, s.count - first)
                        ck_gelu_f32(s.isa, n, s.x + first, s.y + first)
                    }, &slices)
            }
            results.append(output.values)
        }
        let whole = Output(x.count)
        ck_gelu_f32(isa.ck, x.count, x, whole.pointer)
        for result in results { expectIdentical(result, whole.values) }
    }

    @Test func aPieceThatRanTwiceIsSeen() {
        withPool(2) { pool in
            let tally = Tally(pieces: 10, threads: 2)
            tally.run(on: pool)
            tally.counts[3] += 1
            withKnownIssue { #expect(tally.counts.allSatisfy { $0 == 1 }) }
        }
    }
}
