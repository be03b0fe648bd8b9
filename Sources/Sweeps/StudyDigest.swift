extension Study {
    /// A name for all runs: the first 16 hexadecimal digits of the SHA-256 of their digests.
    public var digest: String { ConfigurationDigest.joined(cells.map(\.digest)) }

    /// The name as that of a folder.
    public var folderName: String { String(name.map { $0 == "/" ? "_" : $0 }) }
}
