import Capture
import Foundation
import TestSupport
import Testing

@Suite struct NALUnitsTests {
    private func units(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.withUnsafeBytes { raw in NALUnits.ranges(raw).map { Array(raw[$0]) } }
    }

    @Test func findsUnitsBetweenBothKindsOfStartCodes() {
        #expect(units([0, 0, 0, 1, 9, 16, 0, 0, 1, 7, 1, 1, 0, 0, 0, 1, 8]) == [[9, 16], [7, 1, 1], [8]])
        // Zeros behind a unit are not of it, and emulation prevention is no start code.
        #expect(units([0, 0, 1, 5, 0, 0, 3, 1, 0, 0, 0, 0, 0, 1, 6, 0, 0]) == [[5, 0, 0, 3, 1], [6]])
        #expect(units([]) == [] && units([1]) == [] && units([0, 0, 1]) == [] && units([0, 0, 1, 0, 0, 1]) == [])
        #expect(units([7, 7, 7]) == [])
    }

    @Test func lengthsStandBeforeUnits() {
        let bytes: [UInt8] = [0, 0, 1, 7, 8, 0, 0, 1, 9]
        let form = bytes.withUnsafeBytes { NALUnits.withLengths($0, NALUnits.ranges($0)) }
        #expect(form == [0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9])
    }

    /// Nothing of the bytes of a unit is changed, whatever they are.
    @Test func anyUnitsComeThrough() {
        var random = SeededRandom(3)
        for _ in 0..<2000 {
            let units = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                // Without two zeros in a row there is no start code; the last byte of a unit is not zero.
                (0..<Int.random(in: 1...40, using: &random)).map {
                    $0 % 2 == 0 ? UInt8.random(in: 1...4, using: &random) : 0
                }
                    + [UInt8.random(in: 1...255, using: &random)]
            }
            var bytes: [UInt8] = []
            for unit in units { bytes += [0, 0, 0, 1].suffix(Int.random(in: 3...4, using: &random)) + unit }
            #expect(self.units(bytes) == units)
        }
    }
}
