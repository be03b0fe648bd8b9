/// Where the parts of a run stand in its folder.
///
/// The folder is the truth about the run: nothing else is kept anywhere.
///
/// ```
/// config.yaml                      the resolved configuration
/// manifest.json                    versions, instruction set, engine, sessions
/// events.out.tfevents.*            the log, one file a session, readable by TensorBoard as it grows
/// checkpoints/step-00000400.safetensors
/// result.json                      written last: the run is done
/// import.json                      in place of configuration and manifest: a run of another tool
/// lock                             held by the process that writes here
/// ```
public struct RunFolder: Sendable, Hashable {
    /// The folder's path.
    public let path: String

    /// Names a folder, which need not exist.
    public init(_ path: String) { self.path = path }

    /// The resolved configuration.
    public var configuration: String { path + "/config.yaml" }
    /// What ran, where.
    public var manifest: String { path + "/manifest.json" }
    /// What the run came to.
    public var result: String { path + "/result.json" }
    /// The folder of checkpoints.
    public var checkpoints: String { path + "/checkpoints" }
    /// Where a run that another tool trained is from; only there for such a run.
    public var imported: String { path + "/import.json" }
    /// The file that the writing process holds locked.
    public var lock: String { path + "/lock" }
}
