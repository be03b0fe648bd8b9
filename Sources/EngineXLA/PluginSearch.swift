public import Engines
public import Foundation

/// Where PJRT plugins are looked for.
///
/// In this order: a path that is given, the environment's `BALLAST_PJRT_PLUGIN`, the folder `xla` among
/// the fetched things, which `scripts/setup-xla.sh` fills, and installed Python packages.
public struct PluginSearch: Sendable {
    /// A path that the user gave.
    public var path: String?
    /// The folder of fetched things.
    public var home: String
    /// The environment.
    public var environment: [String: String]

    /// Describes a search.
    public init(
        path: String? = nil, home: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.path = path
        self.home = home
        self.environment = environment
    }

    /// Plugins inside a folder of Python packages, those for accelerators first: of
    /// `jax-cuda13-pjrt`, `jax-cuda12-pjrt` and `libtpu`.
    static let inPackages = [
        "jax_plugins/xla_cuda13/xla_cuda_plugin.so", "jax_plugins/xla_cuda12/xla_cuda_plugin.so",
        "libtpu/libtpu.so",
    ]

    /// The first plugin that there is.
    ///
    /// - Throws: `EngineError.resources(_:)` that names every place when there is none.
    public func find() throws(EngineError) -> String {
        if let path { return path }
        if let path = environment["BALLAST_PJRT_PLUGIN"], !path.isEmpty { return path }
        let folder = home + "/xla"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        if let file = files.sorted().first(where: { $0.hasSuffix(".so") }) {
            return folder + "/" + file
        }
        for folder in packageFolders {
            for plugin in Self.inPackages {
                let path = folder + "/" + plugin
                if FileManager.default.fileExists(atPath: path) { return path }
            }
        }
        throw .resources(
            """
            there is no PJRT plugin: not with --plugin, not in BALLAST_PJRT_PLUGIN, not in \(folder), \
            and no jax-cuda13-pjrt, jax-cuda12-pjrt or libtpu in \(packageFolders.count) folders of \
            Python packages
            Run scripts/setup-xla.sh for a plugin for the CPU, or give --plugin.
            """)
    }

    /// Folders of installed Python packages.
    private var packageFolders: [String] {
        var folders = environment["PYTHONPATH"]?.split(separator: ":").map(String.init) ?? []
        var roots: [String] = []
        for key in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
            if let root = environment[key], !root.isEmpty { roots.append(root + "/lib") }
        }
        if let home = environment["HOME"] { roots.append(home + "/.local/lib") }
        roots += ["/usr/local/lib", "/usr/lib"]
        for root in roots {
            let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
            for version in versions.sorted().reversed() where version.hasPrefix("python3") {
                folders.append("\(root)/\(version)/site-packages")
                folders.append("\(root)/\(version)/dist-packages")
            }
        }
        return folders
    }
}
