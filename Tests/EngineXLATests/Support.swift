import EngineXLA
import Foundation
import Testing

/// The plugin that tests run on, or nil: then they are skipped and say so.
///
/// `BALLAST_PJRT_PLUGIN` names it, or it is what `scripts/setup-xla.sh` fetched.
let pluginPath: String? = {
    let environment = ProcessInfo.processInfo.environment
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    let home = environment["BALLAST_HOME"] ?? root.appendingPathComponent(".ballast").path
    let only = environment.filter { $0.key == "BALLAST_PJRT_PLUGIN" }
    return try? PluginSearch(home: home, environment: only).find()
}()

/// The engine that all tests share: a process has one pool of XLA's threads.
let sharedEngine: XLAEngine? = {
    guard let pluginPath else { return nil }
    return try? XLAEngine(plugin: pluginPath, threads: 2)
}()

/// There is no plugin to test.
struct NoPlugin: Error {}

/// The shared engine.
func makeEngine() throws -> XLAEngine {
    guard let sharedEngine else { throw NoPlugin() }
    return sharedEngine
}

/// Why tests are skipped.
let noPlugin: Comment = "no PJRT plugin: run scripts/setup-xla.sh"
