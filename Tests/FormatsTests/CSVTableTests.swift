import Formats
import Foundation
import Testing

@Suite("CSV tables")
struct CSVTableTests {
    @Test("what is written is read")
    func roundTrip() throws {
        let scratch = try Scratch()
        var table = CSVTable(columns: ["name", "x", "a,b"])
        let values = [
            0.1, -0.0, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity,
            .nan, 1e-5,
        ]
        let texts = ["plain", "a,b", "a\"b", "two\nlines", "cr\rhere", " spaces ", "", "é", "\""]
        for (text, value) in zip(texts, values) {
            table.append([.text(text), .number(value), .integer(Int.min)])
        }
        table.append([.text("last"), .single(0.1), .empty])
        try table.write(to: scratch("a.csv"))
        let read = try CSVTable.read(scratch("a.csv"))
        #expect(read.rows == table.rows)
        #expect(read.columns == table.columns)
        #expect(try read.strings("name") == texts + ["last"])
        for (number, value) in zip(try read.numbers("x"), values + [0.1]) {
            #expect(number.bitPattern == value.bitPattern || number.isNaN && value.isNaN)
        }
        #expect(try read.numbers("a,b").last?.isNaN == true)
    }

    @Test("the text is what other tools expect")
    func text() throws {
        var table = CSVTable(columns: ["a", "b"])
        table.append([.number(.nan), .single(-.infinity)])
        table.append([.text("x\"y"), .number(1e-5)])
        #expect(table.text == "a,b\nnan,-inf\n\"x\"\"y\",1e-05\n")
        var single = CSVTable(columns: ["a"])
        single.append([.empty])
        #expect(single.text == "a\n\"\"\n")
        let crlf = try CSVTable(
            parsing: [0xef, 0xbb, 0xbf] + Array("a,b\r\n\r\n1,\"2\r\n\"\r\n".utf8), of: "x.csv")
        #expect(crlf.columns == ["a", "b"])
        #expect(crlf.rows == [["1", "2\r\n"]])
    }

    @Test("faults are named by line and column")
    func faults() throws {
        func parse(_ text: String) throws -> CSVTable {
            try CSVTable(parsing: Array(text.utf8), of: "x.csv")
        }
        expectError(
            "FILE: line 1, column 1: the file has no line of column names; correct the line"
        ) {
            _ = try parse("")
        }
        expectError("FILE: line 3: 3 fields for 2 columns; correct the line") {
            _ = try parse("a,b\n1,2\n1,2,3\n")
        }
        expectError("FILE: line 2, column 3: a quote that is never closed; correct the line") {
            _ = try parse("a,b\n1,\"2\n3,4")
        }
        expectError("FILE: line 2, column 4: text after a closing quote; correct the line") {
            _ = try parse("a,b\n\"1\"2,3\n")
        }
        expectError("FILE: line 2, column 2: a quote within a field; correct the line") {
            _ = try parse("a,b\n1\"2,3\n")
        }
        expectError("FILE: line 1, column 2: text that is not UTF-8; correct the line") {
            _ = try CSVTable(parsing: [0xff], of: "x.csv")
        }
        expectError("FILE: line 4, column b: 'x' is not a number; correct the field") {
            _ = try parse("a,b\n\"1\n1\",2\n3,x\n").numbers("b")
        }
        expectError("FILE: has no 'c'; its columns are a, b") {
            _ = try parse("a,b\n").numbers("c")
        }
    }
}
