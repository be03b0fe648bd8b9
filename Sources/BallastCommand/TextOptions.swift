import ArgumentParser
import Ballast

/// The option of commands that print tables.
struct TextOptions: ParsableArguments {
    @Flag(
        help: """
            Print full tables; by default they are fitted to the terminal, or to COLUMNS.
            """)
    var wide = false

    /// The columns to write in.
    var columns: Int { wide ? 100_000 : Terminal.columns }

    /// Prints text that was written without a width.
    func show(_ text: String) { Terminal.write(FittedText.fitted(text, to: columns)) }

    /// Prints text that is written to a width.
    func show(_ text: (_ columns: Int) -> String) {
        Terminal.write(FittedText.fitted(text(columns), to: columns))
    }
}
