extension Study {
    /// A name for all runs: the first 16 hexadecimal digits of the SHA-256 of their digests.
    public var digest: String { ConfigurationDigest.joined(cells.map(\.digest)) }
}

extension DecayStudy {
    /// A name for all runs: the first 16 hexadecimal digits of the SHA-256 of their digests.
    public var digest: String {
        ConfigurationDigest.joined(runs.map { digest(of: $0.configuration) })
    }
}
