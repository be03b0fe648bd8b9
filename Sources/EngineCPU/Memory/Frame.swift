/// Where the values of a compiled program stand, by number.
@safe
final class Frame {
    private var addresses: [UnsafeMutableRawPointer?]

    init(count: Int) {
        unsafe addresses = unsafe [UnsafeMutableRawPointer?](repeating: nil, count: count)
    }

    /// Says where a value stands.
    func place(_ id: Int, at address: UnsafeMutableRawPointer) {
        unsafe addresses[id] = unsafe address
    }

    /// The elements of a value that has been placed.
    @inline(__always)
    func floats(_ id: Int) -> UnsafeMutablePointer<Float> {
        guard let address = unsafe addresses[id] else {
            preconditionFailure("Frame: value \(id) has no place")
        }
        return unsafe address.assumingMemoryBound(to: Float.self)
    }

    /// The elements of an integer value that has been placed.
    @inline(__always)
    func integers(_ id: Int) -> UnsafeMutablePointer<Int32> {
        guard let address = unsafe addresses[id] else {
            preconditionFailure("Frame: value \(id) has no place")
        }
        return unsafe address.assumingMemoryBound(to: Int32.self)
    }
}
