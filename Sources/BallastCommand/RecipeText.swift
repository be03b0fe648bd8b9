import Ballast
import Foundation
import Recipes

/// What `ballast recipe` prints.
enum RecipeText {
    /// The fields of a recipe as a table, and what the source does not say.
    static func document(_ recipe: RecipeTranslation, isWhole: Bool, out: String?) -> Document {
        let fields = recipe.fields.filter { isWhole || !$0.isIdle }
        let idle = recipe.fields.count - fields.count
        var document = Document(
            kind: "recipe", title: recipe.title,
            lead: [
                counts(recipe.fields)
                    + (idle == 0 ? "" : "; \(idle) unrelated to training (--all)")
            ])
        document.sections.append(
            .init(
                "Fields",
                [
                    .table(
                        Table(
                            [.word("field"), .prose("value"), .word("becomes"), .prose("as")],
                            fields.map { field in
                                [
                                    Table.Cell(field.source), Table.Cell(field.value),
                                    Table.Cell(field.fate.name, style(field.fate)),
                                    Table.Cell(words(field)),
                                ]
                            }))
                ]))
        if !recipe.assumptions.isEmpty {
            document.sections.append(
                .init(
                    "Not in the source",
                    [
                        .table(
                            Table(
                                [.prose("setting"), .prose("because")],
                                recipe.assumptions.map {
                                    [Table.Cell($0.setting), Table.Cell($0.reason)]
                                }))
                    ]))
        }
        document.next = [
            out.map {
                "recipe in \($0); next: ballast prescribe \($0) --target SIZE --budget TIME --out DIR, "
                    + "or ballast export \($0) --format pytorch"
            } ?? "nothing is written: give --out recipe.yaml"
        ]
        return document
    }

    private static func counts(_ fields: [RecipeField]) -> String {
        let names = ["taken", "approximated", "without counterpart"]
        return names.map { name in
            "\(fields.count { $0.fate.name == name && !$0.isIdle }) \(name)"
        }.joined(separator: ", ")
    }

    private static func style(_ fate: RecipeField.Fate) -> Table.Cell.Style {
        switch fate {
        case .taken: .plain
        case .approximated: .alarm
        case .withoutCounterpart: .muted
        }
    }

    private static func words(_ field: RecipeField) -> String {
        var parts = field.settings
        if !field.note.isEmpty { parts.append(field.note) }
        if case .approximated(let cost) = field.fate { parts.append("cost: \(cost)") }
        return parts.joined(separator: "; ")
    }

    /// The fields as JSON.
    static func json(_ recipe: RecipeTranslation) throws -> String {
        struct Field: Encodable {
            var file, source, value, fate: String
            var cost: String?
            var settings: [String]
            var note: String
        }
        struct Assumption: Encodable { var setting, reason: String }
        struct Listing: Encodable {
            var schema = "ballast.recipe/1"
            var title, family: String
            var vocabulary: Int
            var fields: [Field]
            var notInSource: [Assumption]
        }
        let fields = recipe.fields.map { field in
            var cost: String?
            if case .approximated(let known) = field.fate { cost = known }
            return Field(
                file: field.file, source: field.source, value: field.value, fate: field.fate.name,
                cost: cost, settings: field.settings, note: field.note)
        }
        return try SnakeCaseJSON.text(
            Listing(
                title: recipe.title, family: recipe.target.family,
                vocabulary: recipe.target.vocabulary, fields: fields,
                notInSource: recipe.assumptions.map {
                    Assumption(setting: $0.setting, reason: $0.reason)
                }))
    }
}
