import CKernels
import Dispatch
import Formats
import Foundation
import Synchronization
import TensorFiles
import Tensors

/// Measures the tensors of an archive on several threads.
///
/// A tensor is cut into parts whose extents depend on it alone, and their sums are added in its order, so
/// the numbers do not depend on the number of threads.
struct TensorMeasurer: Sendable {
    /// The bytes of a part, about.
    private static let part = 1 << 24

    let archive: TensorArchive
    let threads: Int
    let instructions: ck_isa

    /// The statistics of one pass over each tensor, in the order given; nil for types that are not
    /// measured.
    func statistics(of tensors: [StoredTensor]) throws(FormatError) -> [TensorStatistics?] {
        struct Part: Sendable {
            var tensor: Int
            var range: Range<Int>
        }
        var parts: [Part] = []
        for (index, tensor) in tensors.enumerated() where ElementDecoder.isReadable(tensor.type) {
            let count = tensor.shape.count
            let step = max(Self.part * 8 / tensor.type.bitCount / 8 * 8, 8)
            for start in stride(from: 0, to: max(count, 1), by: step) {
                parts.append(Part(tensor: index, range: start..<min(start + step, count)))
            }
        }
        let work = parts
        let gathered = try gatheredBytes(of: tensors)
        let tallies = try concurrently(work.count) { index, scratch throws(FormatError) in
            let part = work[index]
            let tensor = tensors[part.tensor]
            let tallier = Tallier(
                ElementDecoder(tensor.type, instructions: instructions), MatrixView(tensor.shape))
            return try unsafe tallier.tally(part.range, scratch) {
                offset, buffer throws(FormatError) in
                if let bytes = gathered[part.tensor] {
                    unsafe bytes.withUnsafeBytes { all in
                        unsafe buffer.copyMemory(
                            from: UnsafeRawBufferPointer(
                                rebasing: all[offset..<offset + buffer.count]))
                    }
                } else {
                    try unsafe archive.read(tensor, at: offset, into: buffer)
                }
            }
        }
        var sums = [Tally](repeating: Tally(), count: tensors.count)
        for (part, tally) in zip(work, tallies) {
            let view = MatrixView(tensors[part.tensor].shape)
            sums[part.tensor].add(tally, rows: view.stack * view.rows)
        }
        return zip(tensors, sums).map { tensor, sum in
            ElementDecoder.isReadable(tensor.type) ? TensorStatistics(tensor, sum) : nil
        }
    }

    /// Row-major copies of the tensors that are stored in another order.
    private func gatheredBytes(of tensors: [StoredTensor]) throws(FormatError) -> [Int: [UInt8]] {
        var copies: [Int: [UInt8]] = [:]
        for (index, tensor) in tensors.enumerated() where tensor.strides != nil {
            copies[index] = try archive.rowMajorBytes(of: tensor)
        }
        return copies
    }

    /// Runs `body` for 0..<count on the threads, and returns what it gave in order.
    func concurrently<Result: Sendable>(
        _ count: Int,
        _ body: @Sendable (Int, TallyScratch) throws(FormatError) -> Result
    ) throws(FormatError) -> [Result] {
        let state = Mutex(Progress<Result>(results: Array(repeating: nil, count: count)))
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
            let scratch = TallyScratch()
            while true {
                let index = state.withLock { state -> Int? in
                    guard state.next < count, state.failure == nil else { return nil }
                    state.next += 1
                    return state.next - 1
                }
                guard let index else { return }
                do throws(FormatError) {
                    let result = try body(index, scratch)
                    state.withLock { $0.results[index] = result }
                } catch {
                    state.withLock { $0.failure = $0.failure ?? error }
                }
            }
        }
        let end = state.withLock { $0 }
        if let failure = end.failure { throw failure }
        return end.results.compactMap { $0 }
    }
}

/// What threads share.
private struct Progress<Result: Sendable>: Sendable {
    var next = 0
    var failure: FormatError?
    var results: [Result?]
}

extension TensorStatistics {
    fileprivate init(_ tensor: StoredTensor, _ sum: Tally) {
        self.init(sum, count: tensor.shape.count, MatrixView(tensor.shape))
    }

    init(_ sum: Tally, count: Int, _ view: MatrixView) {
        self.count = count
        nonFinite = sum.nonFinite
        frobenius = sum.squares.squareRoot()
        largest = sum.largest
        rows = sum.rows.isEmpty ? nil : Channels(squares: sum.rows, over: view.columns)
        columns =
            sum.columns.isEmpty
            ? nil : Channels(squares: sum.columns, over: view.stack * view.rows)
    }
}
