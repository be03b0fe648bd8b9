import EngineXLA
import Foundation
import Testing

/// The plugin that tests run on, or nil: then they are skipped and say so.
///
/// `BALLAST_PJRT_PLUGIN` names it, or it is what `scripts/setup-xla.sh` fetched.
let pluginPath: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["BALLAST_PJRT_PLUGIN"], !path.isEmpty { return path }
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let home = environment["BALLAST_HOME"] ?? root.appendingPathComponent(".ballast").path
    let path = home + "/xla/pjrt_c_api_cpu_plugin.so"
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()

/// Why tests are skipped.
let noPlugin: Comment = "no PJRT plugin: run scripts/setup-xla.sh"

/// The engine that all tests share: a process has one pool of XLA's threads.
private let sharedEngine = Result { try XLAEngine(plugin: pluginPath ?? "", threads: 2) }

/// The shared engine.
func makeEngine() throws -> XLAEngine { try sharedEngine.get() }
