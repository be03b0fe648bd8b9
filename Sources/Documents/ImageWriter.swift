import Foundation

/// Draws figures as SVG and PNG, if asked for as PDF, with the Python package `vl-convert-python`, one process
/// for all.
struct ImageWriter {
    /// The Python interpreter.
    let python: String
    /// Whether each figure becomes a PDF too.
    var drawsPDF = false

    /// Reads names from the arguments and writes `<name>.svg` and `<name>.png` beside
    /// `<name>.vl.json`, each under a temporary name first.
    private static let script = """
        import ctypes, os, signal, sys
        # Whoever waits for the drawings may be stopped: then nobody wants them (PR_SET_PDEATHSIG is 1).
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != int(sys.argv[1]):
            sys.exit(1)
        import vl_convert
        def put(path, data):
            part = f"{path}.{os.getpid()}.0.ballast-partial"
            try:
                with open(part, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, path)
            except BaseException:
                if os.path.exists(part):
                    os.remove(part)
                raise
        for stem in sys.argv[3:]:
            with open(stem + ".vl.json", encoding="utf-8") as file:
                specification = file.read()
            put(stem + ".svg", vl_convert.vegalite_to_svg(specification).encode())
            put(stem + ".png", vl_convert.vegalite_to_png(specification, scale=2))
            if sys.argv[2] == "pdf":
                put(stem + ".pdf", vl_convert.vegalite_to_pdf(specification))
        """

    /// Draws every figure.
    ///
    /// - Parameter stems: The specifications' paths without `.vl.json`.
    /// - Returns: Nil when all were drawn, else the last line that Python wrote.
    func draw(_ stems: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        let own = String(ProcessInfo.processInfo.processIdentifier)
        process.arguments = ["-c", Self.script, own, drawsPDF ? "pdf" : "-"] + stems
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            return "\(python) did not start"
        }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus != 0 else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.last.map(String.init) ?? "exit status \(process.terminationStatus)"
    }
}
