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
        /// The settings of the run, as the hparams plugin of TensorBoard logs them.
        case hyperparameters([Hyperparameter])
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

    public init(step: Int, wallTime: Double, content: Content) {
        self.step = step
        self.wallTime = wallTime
        self.content = content
    }
}

extension Event {
    /// The version that TensorBoard writes, whose sessions void earlier records.
    static let fileVersion = "brain.Event:2"

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
            case .hyperparameters, .other: break
            }
        }
        guard let bytes: [UInt8] = try? message.serializedBytes() else {
            preconditionFailure("Event: more than 2 GiB in one record")
        }
        return bytes
    }
}
