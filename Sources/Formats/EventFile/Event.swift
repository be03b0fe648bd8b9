import EventMessages
import SwiftProtobuf

/// One record of a TensorBoard event file.
public struct Event: Sendable, Hashable {
    /// A number logged under a tag.
    public struct Scalar: Sendable, Hashable {
        /// What the number is, as `train/loss`.
        public var tag: String
        /// The number.
        public var value: Float

        /// Creates a scalar.
        public init(tag: String, value: Float) {
            self.tag = tag
            self.value = value
        }
    }

    /// What a record holds.
    public enum Content: Sendable, Hashable {
        /// The format of the file, `brain.Event:2`; stands in its first record.
        case fileVersion(String)
        /// Numbers of one step; histograms, images and text of other writers are left out.
        case scalars([Scalar])
        /// A session began at this step: what was logged before at the step and later is void.
        case sessionStart
        /// Anything else.
        case other
    }

    /// The step, by Ballast's convention the number of optimizer updates done.
    public var step: Int
    /// When the record was made, in seconds since 1970.
    public var wallTime: Double
    /// What was logged.
    public var content: Content

    /// Creates an event.
    public init(step: Int, wallTime: Double, content: Content) {
        self.step = step
        self.wallTime = wallTime
        self.content = content
    }
}

extension Event {
    /// The version that TensorBoard writes, whose sessions void earlier records.
    static let fileVersion = "brain.Event:2"

    /// Decodes the payload of a record.
    init(serialized bytes: RawSpan) throws {
        let message = try ProtoEvent(serializedBytes: bytes)
        let content: Content =
            switch message.what {
            case .fileVersion(let version): .fileVersion(version)
            case .summary(let summary): .scalars(summary.value.compactMap(Scalar.init))
            case .sessionLog(let log): log.status == .start ? .sessionStart : .other
            case nil: .other
            }
        self.init(step: Int(message.step), wallTime: message.wallTime, content: content)
    }

    /// The payload of a record.
    func serialized() -> [UInt8] {
        let message = ProtoEvent.with { message in
            message.step = Int64(step)
            message.wallTime = wallTime
            switch content {
            case .fileVersion(let version): message.fileVersion = version
            case .scalars(let scalars):
                message.summary.value = scalars.map { scalar in
                    .with {
                        $0.tag = scalar.tag
                        $0.simpleValue = scalar.value
                    }
                }
            case .sessionStart: message.sessionLog.status = .start
            case .other: break
            }
        }
        guard let bytes: [UInt8] = try? message.serializedBytes() else {
            preconditionFailure("Event: more than 2 GiB in one record")
        }
        return bytes
    }
}

extension Event.Scalar {
    /// The number in a message, or nil if it holds something else.
    fileprivate init?(_ message: ProtoSummary.Value) {
        switch message.value {
        case .simpleValue(let value): self.init(tag: message.tag, value: value)
        case .tensor(let tensor):
            guard let value = tensor.scalar else { return nil }
            self.init(tag: message.tag, value: value)
        case nil: return nil
        }
    }
}

extension ProtoTensor {
    /// The only element of a numeric tensor.
    fileprivate var scalar: Float? {
        guard tensorShape.dim.allSatisfy({ $0.size == 1 }) else { return nil }
        let content = tensorContent
        func stored<Bits: FixedWidthInteger>(_ type: Bits.Type) -> Bits? {
            guard content.count == Bits.bitWidth / 8 else { return nil }
            return content.reversed().reduce(0) { $0 << 8 | Bits(truncatingIfNeeded: $1) }
        }
        switch dtype {
        case 1: return floatVal.first ?? stored(UInt32.self).map(Float.init(bitPattern:))
        case 2:
            return (doubleVal.first ?? stored(UInt64.self).map(Double.init(bitPattern:)))
                .map { Float($0) }
        case 3: return (intVal.first ?? stored(Int32.self)).map { Float($0) }
        case 9: return (int64Val.first ?? stored(Int64.self)).map { Float($0) }
        default: return nil
        }
    }
}
