import TestSupport
import Testing

extension SoakTests {
    /// Galleries of a fleet.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct SoakFleetPeopleTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func aMachineThatIsKilledFiftyTimesHasOldOrNew() async throws {
            let result = try await FleetGalleryKills.run(kills: Soak.isShort ? 3 : 50, in: folder)
            print("gallery kills: \(result.kills), \(result.galleries.count) galleries, \(result.damaged) damaged")
            #expect(result.damaged == 0 && result.isLast)
        }
    }
}
