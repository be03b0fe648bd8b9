import Formats
import Foundation
import OrderedCollections
import Testing

@Suite("event files")
struct EventFileTests {
    private func eventFiles(_ scratch: Scratch) throws -> [String] {
        try scratch.names.filter { $0.hasPrefix("events.out.tfevents.") }
    }

    private func all(_ path: String) throws -> [Event] {
        var reader = try EventFileReader(path: path)
        var events: [Event] = []
        while let event = try reader.next() { events.append(event) }
        return events
    }

    @Test("the check agrees with published vectors")
    func checks() {
        func crc(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(bytes.span.bytes) }
        // RFC 3720, appendix B.4.
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(crc([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(crc(Array(0..<32)) == 0x46dd_794e)
        #expect(crc(Array((0..<32).reversed())) == 0x113f_db5c)
        #expect(crc(Array("123456789".utf8)) == 0xe306_9283)
        // A record of TensorBoard's own tests.
        let record = Array("\u{1a}\u{11}CRC test, one two".utf8)
        #expect(CRC32C.masked(record.span.bytes) == 0x5794_d08a)
    }

    @Test("what is logged is read, and the first record is the version")
    func roundTrip() throws {
        let scratch = try Scratch()
        let writer = try EventFileWriter(folder: scratch.path)
        let long = String(repeating: "x", count: 3000)
        try writer.append(step: 1, wallTime: 10.5, scalars: [("train/loss", 5.5), (long, -0.0)])
        try writer.append(step: 2, wallTime: 11, scalars: [("train/loss", .nan), ("é", .infinity)])
        try writer.append(step: 3, wallTime: 12, scalars: [])
        try writer.close()
        let events = try all(writer.path)
        #expect(events.count == 4)
        #expect(events.first?.content == .fileVersion("brain.Event:2"))
        #expect(
            events[1]
                == Event(
                    step: 1, wallTime: 10.5,
                    content: .scalars([
                        .init(tag: "train/loss", value: 5.5), .init(tag: long, value: -0.0),
                    ])))
        guard case .scalars(let last) = events[2].content else { throw CancellationError() }
        #expect(last.first?.value.isNaN == true)
        #expect(last.last?.value == .infinity)
        // A record of the expected bytes: length 24, and the version's payload.
        let bytes = try contents(writer.path)
        #expect(bytes[0] == 24)
        #expect(Array(bytes[12..<13]) == [0x09])
        #expect(Array(bytes[21..<36]) == [0x1a, 13] + Array("brain.Event:2".utf8))
    }

    @Test("a reader goes on when the file has grown, at every cut")
    func growing() throws {
        let scratch = try Scratch()
        let writer = try EventFileWriter(folder: scratch.path, resumingAt: 5)
        for step in 5..<9 {
            try writer.append(step: step, wallTime: 1, scalars: [("a", Float(step))])
        }
        try writer.flush()
        let whole = try contents(writer.path)
        let expected = try all(writer.path)
        #expect(expected.count == 6)
        let path = try scratch.put([], "growing")
        var reader = try EventFileReader(path: path)
        var events: [Event] = []
        let handle = try #require(FileHandle(forWritingAtPath: path))
        for byte in whole {
            #expect(try reader.next() == nil)
            try handle.write(contentsOf: [byte])
            if let event = try reader.next() { events.append(event) }
        }
        #expect(events == expected)
        #expect(reader.offset == whole.count)
    }

    @Test("records larger than a piece are read")
    func large() throws {
        let scratch = try Scratch()
        let writer = try EventFileWriter(folder: scratch.path)
        let scalars = (0..<40_000).map { (tag: "tag/\($0)", value: Float($0)) }
        for step in 0..<3 { try writer.append(step: step, wallTime: 1, scalars: scalars) }
        try writer.close()
        let log = try EventLog.read(folder: scratch.path)
        #expect(log.series.count == 40_000)
        #expect(log.series["tag/39999"]?.map(\.value) == [39_999, 39_999, 39_999])
    }

    @Test("damage is named by file and byte")
    func damage() throws {
        let scratch = try Scratch()
        let writer = try EventFileWriter(folder: scratch.path)
        try writer.append(step: 1, wallTime: 1, scalars: [("a", 1)])
        try writer.close()
        let good = try contents(writer.path)
        func next(flipping index: Int) throws {
            var bytes = good
            bytes[index] ^= 1
            var reader = try EventFileReader(path: scratch.put(bytes))
            _ = try reader.next()
            _ = try reader.next()
        }
        let advice = "the file is damaged from here on; what stands before is good"
        expectError("FILE: byte 40: the check of the record's length does not hold; \(advice)") {
            try next(flipping: 40)
        }
        expectError("FILE: byte 0: the check of the record's 24 bytes does not hold; \(advice)") {
            try next(flipping: 15)
        }
        expectError("FILE: byte 0: the record's 2 bytes are not an event; \(advice)") {
            var reader = try EventFileReader(path: scratch.put(framed([0x09, 0x00])))
            _ = try reader.next()
        }
        // A length beyond the end is a record still being written; nothing is allocated for it.
        var reader = try EventFileReader(path: scratch.put(framed([], length: 1 << 62)))
        #expect(try reader.next() == nil)
        reader = try EventFileReader(path: scratch.put(framed([], length: .max)))
        #expect(try reader.next() == nil)
    }

    @Test("a session voids what was logged at its step and later")
    func resuming() throws {
        let scratch = try Scratch()
        let first = try EventFileWriter(folder: scratch.path)
        for step in 1...10 {
            try first.append(
                step: step, wallTime: Double(step), scalars: [("a", Float(step)), ("b/\(step)", 0)])
        }
        try first.close()
        var log = try EventLog.read(folder: scratch.path)
        #expect(log.series["a"]?.map(\.step) == Array(1...10))
        // The torn end of a killed process.
        let handle = try #require(FileHandle(forWritingAtPath: first.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: [24, 0, 0])

        let second = try EventFileWriter(folder: scratch.path, resumingAt: 6)
        try second.append(step: 6, wallTime: 100, scalars: [("a", 60)])
        try second.flush()
        try log.refresh()
        #expect(log.series["a"]?.map(\.value) == [1, 2, 3, 4, 5, 60])
        #expect(log.series["b/5"]?.count == 1)
        #expect(log.series["b/6"] == nil)
        #expect(log.files.map(\.sessionStart) == [nil, 6])
        #expect(log.files.last?.lastWallTime == 100)
        #expect(log.files.first?.lastWallTime == 10)
        #expect(log.files.allSatisfy { $0.damage == nil })

        try second.append(step: 7, wallTime: 101, scalars: [("a", 70)])
        try second.close()
        try log.refresh()
        #expect(log.series["a"]?.map(\.step) == Array(1...7))
        #expect(try EventLog.read(folder: scratch.path).series == log.series)
    }

    @Test("names sort in the order of the sessions, within one second and with a clock set back")
    func names() throws {
        let scratch = try Scratch()
        let ahead = "events.out.tfevents.9000000000.host.1.0"
        _ = try scratch.put([], ahead)
        let writers = try (0..<5).map { _ in try EventFileWriter(folder: scratch.path) }
        let names = writers.map { String($0.path.dropFirst(scratch.path.count + 1)) }
        #expect(try eventFiles(scratch) == [ahead] + names)
        #expect(names.last?.hasPrefix("events.out.tfevents.9000000005.") == true)
    }

    @Test("a damaged file does not hide the others")
    func damagedFolder() throws {
        let scratch = try Scratch()
        for step in 0..<3 {
            let writer = try EventFileWriter(folder: scratch.path)
            try writer.append(step: step, wallTime: 1, scalars: [("a", 1)])
            try writer.close()
        }
        let path = scratch(try eventFiles(scratch)[1])
        var bytes = try contents(path)
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let log = try EventLog.read(folder: scratch.path)
        #expect(log.series["a"]?.map(\.step) == [0, 2])
        #expect(log.files.map { $0.damage?.path } == [nil, path, nil])
    }

    @Test("what was not written to a full disk is kept, and completes the torn record")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            signal(SIGXFSZ, SIG_IGN)
            let writer = try EventFileWriter(folder: scratch.path)
            let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit(rlim_cur: 1000, rlim_max: rlim_t.max)
            precondition(setrlimit(resource, &limit) == 0)
            for step in 0..<50 { try writer.append(step: step, wallTime: 1, scalars: [("a", 1)]) }
            for _ in 0..<2 {
                do {
                    try writer.flush()
                    preconditionFailure("flushed in spite of the limit")
                } catch {}
            }
            let torn = try EventLog.read(folder: scratch.path)
            precondition((torn.series["a"]?.count ?? 0) < 30)
            limit.rlim_cur = rlim_t.max
            precondition(setrlimit(resource, &limit) == 0)
            try writer.close()
            let log = try EventLog.read(folder: scratch.path)
            precondition(log.series["a"]?.map(\.step) == Array(0..<50))
            precondition(log.files.allSatisfy { $0.damage == nil })
        }
    }

    /// A record around `payload`, with checks that hold.
    private func framed(_ payload: [UInt8], length: UInt64? = nil) -> [UInt8] {
        func little(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        let length = little(length ?? UInt64(payload.count), 8)
        return length + little(UInt64(CRC32C.masked(length.span.bytes)), 4) + payload
            + little(UInt64(CRC32C.masked(payload.span.bytes)), 4)
    }

    @Test("scalars written as tensors are read")
    func tensorScalars() throws {
        let scratch = try Scratch()
        // Event{step 3, summary{value{tag "a", tensor{...}}}}.
        func event(_ tensor: [UInt8]) -> [UInt8] {
            let value: [UInt8] = [0x0a, 1, 0x61, 0x42, UInt8(tensor.count)] + tensor
            let summary: [UInt8] = [0x0a, UInt8(value.count)] + value
            return [0x10, 3, 0x2a, UInt8(summary.count)] + summary
        }
        let cases: [([UInt8], Float?)] = [
            ([0x08, 1, 0x2a, 4, 0, 0, 0xc0, 0x3f], 1.5),  // packed float_val
            ([0x08, 1, 0x2d, 0, 0, 0xc0, 0x3f], 1.5),  // float_val
            ([0x08, 1, 0x22, 4, 0, 0, 0xc0, 0x3f], 1.5),  // tensor_content
            ([0x08, 2, 0x22, 8, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5),  // double
            ([0x08, 3, 0x38, 7], 7),  // int_val
            ([0x08, 9, 0x22, 8, 0xfe, 255, 255, 255, 255, 255, 255, 255], -2),  // int64
            ([0x08, 1, 0x12, 4, 0x12, 2, 0x08, 1, 0x2d, 0, 0, 0xc0, 0x3f], 1.5),  // shape [1]
            ([0x08, 1, 0x12, 4, 0x12, 2, 0x08, 2, 0x2d, 0, 0, 0xc0, 0x3f], nil),  // shape [2]
            ([0x08, 7, 0x42, 1, 0x78], nil),  // a string
            ([0x08, 1, 0x22, 3, 0, 0, 0], nil),  // too short
        ]
        for (tensor, value) in cases {
            let events = try all(scratch.put(framed(event(tensor))))
            let scalars = value.map { [Event.Scalar(tag: "a", value: $0)] } ?? []
            #expect(
                events == [Event(step: 3, wallTime: 0, content: .scalars(scalars))], "\(tensor)")
        }
    }

    @Test("a mutated file gives its first events or an error, and mutated records do no harm")
    func mutations() async {
        // In a process of its own: what other tests take is not its memory.
        await #expect(processExitsWith: .success) { try EventFileTests().mutate() }
    }

    private func mutate() throws {
        let scratch = try Scratch()
        let writer = try EventFileWriter(folder: scratch.path, resumingAt: 1)
        for step in 1...6 {
            try writer.append(step: step, wallTime: 1, scalars: [("train/loss", 1), ("b", 2)])
        }
        try writer.close()
        let good = try contents(writer.path)
        let expected = try all(writer.path)
        let payload = Array(good[(good.count - 40)..<(good.count - 4)])
        let before = peakMemory()
        var random = Repeatable(state: 2)
        var refused = 0
        for index in 0..<3000 {
            var reader = try EventFileReader(path: scratch.put(mutated(good, &random)))
            var events: [Event] = []
            do {
                while let event = try reader.next() { events.append(event) }
            } catch { refused += 1 }
            // Repeated bytes at the end may be whole records: those are events too.
            #expect(
                events.starts(with: expected.prefix(events.count)) || events.starts(with: expected),
                "mutation \(index)")
            #expect(events.count <= 2 * expected.count)
            // Behind checks that hold.
            var inner = try EventFileReader(path: scratch.put(framed(mutated(payload, &random))))
            do { while try inner.next() != nil {} } catch {}
        }
        #expect(refused > 2000)
        #expect(peakMemory() - before < 100_000)
    }
}
