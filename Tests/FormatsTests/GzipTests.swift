import CZlib
import Formats
import Foundation
import Testing

@Suite("gzip")
struct GzipTests {
    /// One gzip member with `data`.
    private static func compressed(_ data: [UInt8], level: Int32 = 9) -> [UInt8] {
        var stream = z_stream()
        precondition(
            deflateInit2_(
                &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { deflateEnd(&stream) }
        var input = data
        var output = [UInt8](repeating: 0, count: data.count + data.count / 100 + 1000)
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            }
        }
        return Array(output.prefix(Int(stream.total_out)))
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var random = Repeatable(state: 3)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private static let text = (0..<5000).flatMap { Array("line \($0 * $0)\n".utf8) }

    @Test("plain and compressed contents are read, whatever their size")
    func roundTrip() throws {
        let scratch = try Scratch()
        for size in [0, 1, 2, 1 << 18, 1 << 18 + 1, 1_000_003] {
            for data in [Self.noise(size), [UInt8](repeating: 7, count: size)] {
                #expect(try Gzip.contents(of: scratch.put(data)) == data)
                #expect(try Gzip.contents(of: scratch.put(Self.compressed(data))) == data)
                let stored = Self.compressed(data, level: 0)
                #expect(try Gzip.contents(of: scratch.put(stored)) == data)
            }
        }
        #expect(Gzip.isGzip(Self.compressed([])))
        #expect(!Gzip.isGzip([0x1f]))
    }

    @Test("members follow one another, a member may have an extra field, zeros may follow")
    func members() throws {
        let scratch = try Scratch()
        // As dictzip: flag FEXTRA, and six bytes of extra field after the header.
        var dictzip = Self.compressed(Self.text)
        dictzip[3] |= 4
        dictzip.insert(contentsOf: [6, 0] + Array("RA".utf8) + [2, 0, 1, 0], at: 10)
        let bytes = Self.compressed([1, 2]) + Self.compressed([]) + dictzip + [0, 0, 0]
        #expect(try Gzip.contents(of: scratch.put(bytes)) == [1, 2] + Self.text)
    }

    @Test("damage is named")
    func damage() throws {
        let scratch = try Scratch()
        let good = Self.compressed(Self.text)
        func read(_ bytes: [UInt8], limit: Int = 1 << 20) throws {
            _ = try Gzip.contents(of: scratch.put(bytes), limit: limit)
        }
        for count in [2, 9, 10, good.count / 2, good.count - 1] {
            expectError("FILE: gzip, byte \(count): the file is cut off; fetch the file again") {
                try read(Array(good.prefix(count)))
            }
        }
        var bad = good
        bad[good.count - 8] ^= 1
        expectError(
            "FILE: gzip, byte \(good.count - 4): incorrect data check; fetch the file again"
        ) { try read(bad) }
        expectError(
            "FILE: gzip, byte \(good.count + 2): incorrect header check; fetch the file again"
        ) { try read(good + [1, 2]) }
        expectError(
            "FILE: contents: more than 100 bytes; raise the limit or read it in chunks"
        ) { try read(good, limit: 100) }
    }

    @Test("a mutated file is refused or gives the same, within the limit")
    func mutations() async {
        // In a process of its own: what other tests take is not its memory.
        await #expect(processExitsWith: .success) { try GzipTests().mutate() }
    }

    private func mutate() throws {
        let scratch = try Scratch()
        let data = Array(Self.text.prefix(3000))
        let good = Self.compressed(data)
        let before = peakMemory()
        var random = Repeatable(state: 4)
        var refused = 0
        for index in 0..<5000 {
            let bytes = mutated(good, &random)
            do {
                let found = try Gzip.contents(of: scratch.put(bytes), limit: 1 << 20)
                #expect(found == data || found == bytes, "mutation \(index)")
            } catch is FormatError { refused += 1 }
        }
        #expect(refused > 4000)
        #expect(peakMemory() - before < 100_000)
    }
    @Test("a small file that expands without end is refused")
    func bomb() throws {
        let scratch = try Scratch()
        let bomb = Self.compressed([UInt8](repeating: 0, count: 1 << 27))
        let path = try scratch.put(bomb, "bomb.gz")
        expectError(
            "FILE: gzip: its \(bomb.count) bytes expand to more than 67108864, which text does not; expand it "
                + "with gunzip and name the result, if that is meant"
        ) { _ = try Gzip.contents(of: path) }
    }
}
