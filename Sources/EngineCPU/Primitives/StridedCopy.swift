import Foundation
import Tensors

/// Moves elements of four bytes between two layouts: transposes, slices, repeats, joins.
struct StridedCopy: Kernel {
    let operation: String
    let source: Int
    let result: Int
    /// Extents of the elements moved, and the strides of either side.
    let extents: [Int]
    let sourceStrides: [Int]
    let resultStrides: [Int]
    let sourceOffset: Int
    let resultOffset: Int
    /// Elements of the result that are cleared before.
    let cleared: Int

    init(
        _ operation: String, from source: Int, to result: Int, extents: [Int],
        sourceStrides: [Int], resultStrides: [Int], sourceOffset: Int = 0, resultOffset: Int = 0,
        cleared: Int = 0
    ) {
        self.operation = operation
        self.source = source
        self.result = result
        self.sourceOffset = sourceOffset
        self.resultOffset = resultOffset
        self.cleared = cleared
        // Axes of extent 1 go; neighbours that are contiguous on both sides become one.
        var axes: [(extent: Int, from: Int, to: Int)] = []
        for axis in extents.indices where extents[axis] != 1 {
            let next = (extent: extents[axis], from: sourceStrides[axis], to: resultStrides[axis])
            if let last = axes.last, last.from == next.from * next.extent,
                last.to == next.to * next.extent
            {
                axes[axes.count - 1] = (last.extent * next.extent, next.from, next.to)
            } else {
                axes.append(next)
            }
        }
        if axes.isEmpty { axes = [(extents.contains(0) ? 0 : 1, 1, 1)] }
        self.extents = axes.map(\.extent)
        self.sourceStrides = axes.map(\.from)
        self.resultStrides = axes.map(\.to)
    }

    /// A copy of `count` elements.
    static func whole(from source: Int, to result: Int, _ count: Int) -> StridedCopy {
        StridedCopy(
            "copy", from: source, to: result, extents: [count], sourceStrides: [1],
            resultStrides: [1])
    }

    var reads: [Int] { [source] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .swift }
    var pieces: Int { 1 }

    var made: [Scratch] { [Scratch(value: result, byteCount: 4 * extents.reduce(1, *))] }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        let from = unsafe frame.integers(source) + sourceOffset
        let to = unsafe frame.integers(result) + resultOffset
        if cleared > 0 { unsafe memset(frame.integers(result), 0, 4 * cleared) }
        if extents.contains(0) { return }
        let inner = extents.count - 1
        let (extent, fromStride, toStride) = (
            extents[inner], sourceStrides[inner], resultStrides[inner]
        )
        let outer = extents.dropLast().reduce(1, *)
        for offset in 0..<outer {
            var rest = offset
            var source = 0
            var target = 0
            for axis in stride(from: inner - 1, through: 0, by: -1) {
                let index = rest % extents[axis]
                rest /= extents[axis]
                source += index * sourceStrides[axis]
                target += index * resultStrides[axis]
            }
            if fromStride == 1 && toStride == 1 {
                unsafe memcpy(to + target, from + source, 4 * extent)
            } else {
                for index in 0..<extent {
                    unsafe to[target + index * toStride] = from[source + index * fromStride]
                }
            }
        }
    }
}

/// The same four bytes everywhere, or the index along an axis.
struct Fill: Kernel {
    enum Content: Sendable {
        case float(Float)
        case integer(Int32)
        /// The index along an axis of `extent` with `stride` elements between neighbours.
        case index(extent: Int, stride: Int, asFloat: Bool)
    }

    let operation: String
    let content: Content
    let result: Int
    let count: Int

    var reads: [Int] { [] }
    var writes: [Int] { [result] }
    var runner: KernelRunner { .swift }
    var pieces: Int { 1 }

    func run(_ frame: Frame, piece: Int, worker: Int) {
        switch content {
        case .float(let value):
            unsafe frame.floats(result).update(repeating: value, count: count)
        case .integer(let value):
            unsafe frame.integers(result).update(repeating: value, count: count)
        case .index(let extent, let stride, let asFloat):
            for element in 0..<count {
                let index = element / stride % extent
                if asFloat {
                    unsafe frame.floats(result)[element] = Float(index)
                } else {
                    unsafe frame.integers(result)[element] = Int32(index)
                }
            }
        }
    }
}
