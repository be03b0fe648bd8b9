import CKernels
import Formats
import Foundation
import TensorFiles

/// Sums over a part of a tensor; parts are added in the order of the file.
struct Tally: Sendable {
    var squares = 0.0
    var largest = 0.0
    var nonFinite = 0
    /// The first row that ``rows`` is about.
    var firstRow = 0
    /// Sums of squares of rows, empty where they are not asked for.
    var rows: [Double] = []
    /// Sums of squares of columns.
    var columns: [Double] = []

    /// Adds what a later part says.
    mutating func add(_ other: Tally, rows count: Int) {
        squares += other.squares
        largest = max(largest, other.largest)
        nonFinite += other.nonFinite
        if !other.rows.isEmpty {
            if rows.isEmpty { rows = Array(repeating: 0, count: count) }
            for (offset, value) in other.rows.enumerated() {
                rows[other.firstRow + offset] += value
            }
        }
        if columns.isEmpty {
            columns = other.columns
        } else {
            for index in columns.indices { columns[index] += other.columns[index] }
        }
    }
}

/// One thread's memory for tallies: a block of bytes, its floats, and sums of columns.
@safe final class TallyScratch {
    /// The elements of a block: its bytes and its floats stay in a core's cache.
    static let block = 1 << 17

    let bytes: UnsafeMutableRawBufferPointer
    let floats: UnsafeMutableBufferPointer<Float>
    private(set) var columns: UnsafeMutableBufferPointer<Float>

    init() {
        unsafe bytes = .allocate(byteCount: Self.block * 8, alignment: 64)
        unsafe floats = .allocate(capacity: Self.block)
        unsafe columns = .allocate(capacity: 0)
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe floats.deallocate()
        unsafe columns.deallocate()
    }

    /// Sums of `count` columns, all zero.
    func zeroColumns(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        if unsafe columns.count < count {
            unsafe columns.deallocate()
            unsafe columns = .allocate(capacity: count)
        }
        let part = unsafe UnsafeMutableBufferPointer(rebasing: columns[..<count])
        unsafe part.update(repeating: 0)
        return unsafe part
    }
}

/// Tallies a range of elements of one tensor.
struct Tallier {
    /// Rows and columns are compared where there are this many, so that sums of channels take less memory
    /// than the elements that they are of.
    static let fewest = 16
    /// Beyond these magnitudes squares and their sums are taken in double.
    private static let plain = 0x1p-60...0x1p50
    /// So many rows are added in float before they go to the sums in double.
    private static let rowsInFloat = 64

    let decoder: ElementDecoder
    let view: MatrixView
    let hasChannels: Bool

    init(_ decoder: ElementDecoder, _ view: MatrixView) {
        self.decoder = decoder
        self.view = view
        hasChannels = view.stack * view.rows >= Self.fewest && view.columns >= Self.fewest
    }

    /// Tallies the elements of `range`, which begins at a multiple of 8.
    ///
    /// - Parameters:
    ///   - range: Elements, counted row-major over the whole tensor.
    ///   - scratch: This thread's memory.
    ///   - read: Fills a buffer with stored bytes from an offset in the tensor on.
    /// - Returns: The sums.
    /// - Throws: What `read` throws.
    func tally<Failure: Error>(
        _ range: Range<Int>, _ scratch: TallyScratch,
        _ read: (Int, UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Tally {
        let fast = try unsafe tally(range, scratch, inDouble: false, read)
        if let fast { return fast }
        // Numbers that single precision does not square, or that are none: slowly, and once more.
        return try unsafe tally(range, scratch, inDouble: true, read) ?? Tally()
    }

    /// Nil if there are numbers that need double.
    private func tally<Failure: Error>(
        _ range: Range<Int>, _ scratch: TallyScratch, inDouble: Bool,
        _ read: (Int, UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Tally? {
        let width = hasChannels ? view.columns : min(max(range.count, 1), 4096)
        let sums = unsafe scratch.zeroColumns(width)
        var tally = Tally()
        if hasChannels, !range.isEmpty {
            tally.firstRow = range.lowerBound / width
            let last = (range.upperBound - 1) / width
            tally.rows = Array(repeating: 0, count: last - tally.firstRow + 1)
            tally.columns = Array(repeating: 0, count: width)
        }
        var fresh = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let count = min(TallyScratch.block, range.upperBound - position)
            let offset = position * decoder.type.bitCount / 8
            let size = (count * decoder.type.bitCount + 7) / 8
            let bytes = unsafe UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<size])
            try unsafe read(offset, bytes)
            if inDouble {
                unsafe addInDouble(
                    UnsafeRawBufferPointer(bytes), at: position, count, scratch, &tally)
            } else {
                let isPlain = unsafe add(
                    UnsafeRawBufferPointer(bytes), at: position, count, sums, scratch, &tally)
                guard isPlain else { return nil }
            }
            position += count
            fresh += count
            if hasChannels, fresh >= width * Self.rowsInFloat || position == range.upperBound {
                for index in tally.columns.indices {
                    tally.columns[index] += Double(unsafe sums[index])
                }
                unsafe sums.update(repeating: 0)
                fresh = 0
            }
        }
        return tally
    }

    /// Adds a block, row by row; false if a number needs double.
    private func add(
        _ bytes: UnsafeRawBufferPointer, at position: Int, _ count: Int,
        _ sums: UnsafeMutableBufferPointer<Float>, _ scratch: TallyScratch, _ tally: inout Tally
    ) -> Bool {
        let isHalf = decoder.type == .bf16
        if !isHalf {
            unsafe decoder.decode(
                bytes, into: UnsafeMutableBufferPointer(rebasing: scratch.floats[..<count]))
        }
        guard let columns = sums.baseAddress, let floats = unsafe scratch.floats.baseAddress,
            let start = bytes.baseAddress
        else { return true }
        let halves = unsafe start.assumingMemoryBound(to: UInt16.self)
        let width = sums.count
        var done = 0
        while done < count {
            let place = position + done
            let column = hasChannels ? place % width : 0
            let part = min(count - done, width - column)
            let result =
                isHalf
                ? unsafe ck_tally_bf16(
                    decoder.instructions, part, halves + done, columns + column)
                : unsafe ck_tally_f32(decoder.instructions, part, floats + done, columns + column)
            let largest = Double(Float(bitPattern: result.largest))
            // False for nan as well.
            guard largest == 0 || Self.plain.contains(largest) else { return false }
            tally.largest = max(tally.largest, largest)
            tally.squares += result.squares
            if hasChannels { tally.rows[place / width - tally.firstRow] += result.squares }
            done += part
        }
        return true
    }

    /// Adds a block element by element.
    private func addInDouble(
        _ bytes: UnsafeRawBufferPointer, at position: Int, _ count: Int, _ scratch: TallyScratch,
        _ tally: inout Tally
    ) {
        let floats = unsafe UnsafeMutableBufferPointer(rebasing: scratch.floats[..<count])
        if decoder.type != .f64 { unsafe decoder.decode(bytes, into: floats) }
        let width = view.columns
        for index in 0..<count {
            let value =
                decoder.type == .f64
                ? Double(
                    bitPattern: UInt64(
                        littleEndian: unsafe bytes.loadUnaligned(
                            fromByteOffset: index * 8, as: UInt64.self)))
                : Double(unsafe floats[index])
            guard value.isFinite else {
                tally.nonFinite += 1
                continue
            }
            tally.largest = max(tally.largest, value.magnitude)
            tally.squares += value * value
            guard hasChannels else { continue }
            tally.rows[(position + index) / width - tally.firstRow] += value * value
            tally.columns[(position + index) % width] += value * value
        }
    }
}
