/// A figure with its drawing, as pages show it and files hold it.
package struct DrawnFigure: Sendable {
    /// What its files are called, in kebab-case.
    package var name: String
    /// Its heading.
    package var title: String
    /// How it looks, and the numbers behind it.
    package var drawing: Drawing

    /// Names a drawing.
    package init(name: String, title: String, drawing: Drawing) {
        self.name = name
        self.title = title
        self.drawing = drawing
    }
}
