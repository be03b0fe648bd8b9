/// What Git leaves in place of a large file that was not fetched: three lines of text.
package enum GitLFSPointer {
    /// The error that says so, or nil for a file that is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - start: Its first bytes, some forty of them.
    /// - Returns: What to throw.
    package static func refusal(of path: String, _ start: some Sequence<UInt8>) -> FormatError? {
        let mark = Array("version https://git-lfs.github.com/".utf8)
        guard start.starts(with: mark) else { return nil }
        return .unsupported(
            path: path, place: "contents", found: "a pointer of Git LFS in place of the file",
            advice: "fetch the file itself: git lfs pull")
    }
}
