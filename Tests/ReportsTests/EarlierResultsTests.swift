import Foundation
import PrescriptionStudies
import Sweeps
import Testing
import TransferStudies

@Suite("Results of earlier versions")
struct EarlierResultsTests {
    /// A file of the records, as it was written.
    private func record(_ path: String) throws -> Data {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: root.appendingPathComponent("Records/" + path))
    }

    @Test("keys that have other names now are read by their old ones and written by the new")
    func renamedKeys() throws {
        let written = try record("2026-11-21-transfer/adamw-standard-width.json")
        let transfer = try TransferResult(json: written)
        #expect(transfer.sizeSeries.map(\.axis) == [.width])
        #expect(try transfer.json().contains("\"size_series\""))
        #expect(String(decoding: written, as: UTF8.self).contains("\"ladders\""))
        #expect(try TransferResult(json: Data(transfer.json().utf8)) == transfer)

        let prescribed = try PrescriptionResult(
            json: record("2026-11-27-prescribe-llama/prescription.json"))
        let factor = try #require(prescribed.extrapolationFactor)
        let known = prescribed.targetParameters / prescribed.largestParameters
        #expect(abs(factor / known - 1) < 1e-12)
    }
}
