import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// Unknown people and galleries of a fleet, in the numbers that the documentation promises.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak; the system tests have a short form"),
        .enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)"))
    struct SoakFleetPeopleTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func aMachineThatIsKilledFiftyTimesHasOldOrNew() async throws {
            let result = try await FleetGalleryKills.run(kills: 50, in: folder)
            print("gallery kills: \(result.kills), \(result.galleries.count) galleries, \(result.damaged) damaged")
            #expect(result.damaged == 0 && result.isLast)
        }

        @Test func tenThousandPeopleOnFiveMachinesCutInTwo() async throws {
            let (count, shared) = (10_000, 500)
            let result = try await FleetPartition(people: count, inBothHalves: shared).run(in: folder)
            print("people: \(result)")
        }
    }
}
