import Foundation

/// A parser that files of users reach.
struct FuzzTarget: Sendable {
    /// The name of the file that it is given.
    var file: String
    /// Reads the file, whose folder holds nothing else.
    ///
    /// Errors are answers; a trap, a hang and memory out of
    /// proportion are not.
    var read: @Sendable (_ path: String, _ bytes: [UInt8]) throws -> Void
}

/// Where inputs of parsers that take paths stand: in memory, a folder a process.
private let folder = "/dev/shm/ballast-fuzz-\(getpid())"

private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["BALLAST_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all[name] else {
        fatalError("BALLAST_FUZZ_TARGET is one of \(FuzzTarget.all.keys.sorted())")
    }
    try? FileManager.default.createDirectory(
        atPath: folder + "/checkpoints", withIntermediateDirectories: true)
    return target
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    let path = folder + "/" + target.file
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { fatalError("\(path) cannot be written") }
    _ = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
    close(file)
    try? target.read(path, bytes)
    return 0
}
