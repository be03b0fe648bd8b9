import Foundation

/// A parser that files of users reach.
struct FuzzTarget: Sendable {
    /// The name of the file that it is given.
    var file: String
    /// Other files that are given the same bytes.
    var copies: [String] = []
    /// The folder of `distributed/`, among the tests' checkpoints, that stands beside it; nil for nothing.
    var beside: String?
    /// Reads the file.
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
    if let beside = target.beside {
        // `scripts/fuzz.sh` starts at the root.
        let source = "Tests/TensorFilesTests/Oracle/distributed/" + beside
        do {
            try FileManager.default.copyItem(atPath: source, toPath: folder + "/" + beside)
        } catch { fatalError("\(source) cannot be copied: \(error)") }
    }
    return target
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    for name in [target.file] + target.copies {
        let path = folder + "/" + name
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { fatalError("\(path) cannot be written") }
        _ = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
        close(file)
    }
    try? target.read(folder + "/" + target.file, bytes)
    return 0
}
