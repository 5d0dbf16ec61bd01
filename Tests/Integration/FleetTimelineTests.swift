import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// `visage-web` on a machine that may read the events of others, with a real broker between.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct FleetTimelineTests {
        private struct List: Decodable {
            struct Visit: Decodable {
                let camera: String
                let machine: String?
                let name: String?
            }
            let visits: [Visit]
        }

        private func visits(_ server: WebServerUnderTest, _ query: String = "") async throws -> [List.Visit] {
            let answer = try await server.get("/api/v1/visits?limit=500\(query)")
            try #require(answer.status == "200", "\(answer) \(server.program.errors)")
            return try JSONDecoder().decode(List.self, from: Data(answer.text.utf8)).visits
        }

        /// Through a restart of the page, and of `visage-fleet` beside it.
        @Test func theTimelineHasTheVisitsOfAllMachines() async throws {
            let folder = try ScratchFolder()
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn"], viewers: ["house"], in: folder)
            let (house, barn) = (try MachineUnderTest("house", fleet), try MachineUnderTest("barn", fleet))
            let (here, there) = (
                try await EventSource.start(in: house.folder), try await EventSource.start(in: barn.folder)
            )
            here.publish(9, name: "Cy")
            there.publish(30)
            let away = try barn.start()
            // The page is there before the socket of all events is.
            let first = try await WebServerUnderTest.start(house.folder.file("fleet.yaml"))
            #expect(try await eventually { try await visits(first).count == 3 })
            var beside = try house.start()
            #expect(try await eventually { try await visits(first).count == 13 }, "\(first.program.errors)")
            #expect(try await visits(first, "&machine=house").allSatisfy { $0.machine == nil && $0.name == "Cy" })
            #expect(try await visits(first, "&camera=barn/door").count == 10)
            #expect(try await first.get("/timeline").text.contains("barn/door"))
            try await first.stop()

            beside.signal(SIGTERM)
            #expect(try await beside.wait().exitCode == 0)
            // The same visits once more, and one that is new.
            there.publish(33)
            beside = try house.start()
            let second = try await WebServerUnderTest.start(house.folder.file("fleet.yaml"))
            #expect(try await eventually { try await visits(second).count == 14 }, "\(second.program.errors)")
            #expect(try await visits(second, "&machine=barn").filter { $0.name == "Ada" }.count == 11)
            try await second.stop()
            for program in [beside, away] {
                program.signal(SIGTERM)
                #expect(try await program.wait().exitCode == 0)
            }
            await here.end()
            await there.end()
        }
    }
}
