import Fleet
import Foundation
import TestSupport
import Testing
import VisageCore

extension SystemTests {
    /// What the keys of a machine allow, asked of a real broker with the library itself.
    @Suite(.enabled(if: FleetUnderTest.isInstalled, "\(FleetUnderTest.needed)")) struct FleetPermissionTests {
        private let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        private func connection(
            _ machine: String, _ account: FleetAccount, _ fleet: FleetUnderTest
        ) throws -> FleetConnection {
            let own = fleet.enrollment.appending(path: "machines/\(machine)")
            let key = try NKey(
                seed: String(contentsOf: own.appending(path: "fleet.key"), encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines))
            let identity = FleetIdentity(
                name: machine, key: key, authorities: own.appending(path: "ca.pem").path)
            return try FleetConnection(
                to: FleetServer(host: "127.0.0.1", port: fleet.ports[0]), as: identity, account: account)
        }

        /// Whether the broker does what is asked.
        private func mayAsk(_ connection: FleetConnection, _ subject: String, _ text: String = "") -> Bool {
            guard let answer = try? connection.request(subject, Data(text.utf8), timeout: .milliseconds(700)) else {
                return false
            }
            let said = String(decoding: answer.payload, as: UTF8.self)
            return !answer.isUnheard && !said.contains("\"error\"") && answer.headers["Status"] == nil
        }

        @Test func aMachineReachesItsOwnOnly() async throws {
            let fleet = try await FleetUnderTest(
                brokers: 1, machines: ["house", "barn", "gate"], viewers: ["house"], editors: ["house"], in: folder)
            let (barn, house) = (try connection("barn", .events, fleet), try connection("house", .events, fleet))
            #expect(mayAsk(barn, "evs.barn", "{}"))
            #expect(mayAsk(barn, "$JS.API.STREAM.INFO.EV_barn"))
            #expect(mayAsk(barn, "$JS.API.DIRECT.GET.EV_barn", #"{"seq":1}"#))
            #expect(mayAsk(house, "$JS.API.DIRECT.GET.EV_barn", #"{"seq":1}"#))
            #expect(mayAsk(house, "$JS.API.STREAM.NAMES", "{}"))
            #expect(mayAsk(house, "evs.house", "{}"))
            let consumer = #"""
                {"stream_name":"EV_barn","config":{"deliver_subject":"evs.house","ack_policy":"none"}}
                """#
            for (who, subject, text) in [
                (barn, "evs.house", "{}"), (barn, "$JS.API.STREAM.INFO.EV_house", ""),
                (barn, "$JS.API.DIRECT.GET.EV_house", #"{"seq":1}"#),
                (barn, "$JS.API.STREAM.MSG.GET.EV_house", #"{"seq":1}"#), (barn, "$JS.API.STREAM.NAMES", "{}"),
                (barn, "$JS.API.STREAM.PURGE.EV_barn", ""), (barn, "$JS.API.STREAM.DELETE.EV_barn", ""),
                (barn, "$JS.API.STREAM.MSG.DELETE.EV_barn", #"{"seq":1}"#),
                (barn, "$JS.API.STREAM.CREATE.EV_new", #"{"name":"EV_new","subjects":["new"]}"#),
                (barn, "$JS.API.CONSUMER.CREATE.EV_barn", consumer),
                (house, "$JS.API.CONSUMER.CREATE.EV_barn", consumer),
                (house, "evs.barn", "{}"), (house, "$JS.API.STREAM.PURGE.EV_barn", ""),
            ] {
                #expect(!mayAsk(who, subject, text), "\(subject)")
            }
            let (state, editor) = (try connection("barn", .state, fleet), try connection("house", .state, fleet))
            for (who, subject) in [
                (state, "status.barn"), (state, "unknown.barn.1"), (state, "removed.barn.1"),
                (editor, "gallery.current"),
            ] {
                #expect(mayAsk(who, subject, "{}"), "\(subject)")
            }
            for (who, subject) in [
                (state, "status.house"), (state, "unknown.house.1"), (state, "removed.house.1"),
                (state, "gallery.current"), (state, "machines"), (editor, "machines"), (state, "evs.barn"),
                (state, "$JS.API.STREAM.PURGE.UNKNOWN"), (state, "$JS.API.STREAM.DELETE.GALLERY"),
                (editor, "$JS.API.STREAM.PURGE.GALLERY"),
            ] {
                #expect(!mayAsk(who, subject, "{}"), "\(subject)")
            }
            // Nobody listens where others get their answers, or to everything.
            for subject in ["_INBOX_house.>", "evs.>", "evn.*", ">"] {
                let subscription = try FleetSubscription(barn, to: subject, limit: 10)
                try barn.roundTrip()
                #expect(
                    await eventually { barn.takeProblem()?.contains("Permissions Violation") == true }, "\(subject)")
                withExtendedLifetime(subscription) {}
            }
        }

        /// The shared state is read in order and to the end, and what is lost on the way is asked for again.
        @Test func theNewestOfEachSubjectIsRead() async throws {
            let fleet = try await FleetUnderTest(brokers: 1, machines: ["house", "barn"], in: folder)
            let (barn, house) = (try connection("barn", .state, fleet), try connection("house", .state, fleet))
            for round in 0..<3 {
                for person in 0..<40 { try barn.put("unknown.barn.\(person)", Data("\(round)".utf8)) }
            }
            let consumer = try OrderedConsumer(
                house, stream: FleetStream.unknown.name, filter: "unknown.*.*", from: .newestOfEachSubject)
            var values: [String: String] = [:]
            while !consumer.isCurrent || values.count < 40 {
                guard let item = try consumer.next(timeout: .seconds(2)) else { break }
                values[item.message.subject] = String(decoding: item.message.payload, as: UTF8.self)
            }
            #expect(values.count == 40 && values.values.allSatisfy { $0 == "2" } && consumer.isCurrent)
            try barn.put("unknown.barn.7", Data("new".utf8))
            let item = try consumer.next(timeout: .seconds(10))
            #expect(item?.message.subject == "unknown.barn.7" && item?.message.payload == Data("new".utf8))
            #expect(try house.newest("unknown.barn.7", in: "UNKNOWN")?.payload == Data("new".utf8))
            #expect(try house.newest("unknown.barn.999", in: "UNKNOWN") == nil)
        }
    }
}
