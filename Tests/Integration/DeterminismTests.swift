import Events
import Foundation
import TestSupport
import Testing
import VisageCore

extension IntegrationTests {
    /// A file gives the same events, whatever the threads do.
    @Suite struct DeterminismTests {
        private let material: Material

        init() throws { material = try Material.get() }

        private func events(_ pace: String) async throws -> [Event] {
            let folder = try ScratchFolder()
            var options = DaemonUnderTest.Options(material)
            options.pace = pace
            return try await DaemonUnderTest.run(options, in: folder)
        }

        @Test func paceChangesNothing() async throws {
            let fast = try await events("fast")
            #expect(fast.count > 8)
            #expect(try await events("realtime").difference(from: fast) == nil)
        }

        @Test func neitherDoesABusyMachine() async throws {
            let calm = try await events("fast")
            let others = try Load()
            defer { others.end() }
            #expect(try await events("fast").difference(from: calm) == nil)
        }
    }
}
