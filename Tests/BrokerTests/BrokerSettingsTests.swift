import Broker
import Foundation
import TestSupport
import Testing
import VisageConfiguration
import VisageCore

@Suite struct BrokerSettingsTests {
    private func configuration(_ change: (inout Configuration.MQTT) -> Void) -> Configuration {
        var configuration = Configuration()
        change(&configuration.mqtt)
        return configuration
    }

    @Test func withoutABrokerThereIsNothingToDo() throws {
        let error = #expect(throws: VisageError.self) { try BrokerSettings(Configuration()) }
        #expect(error?.exitCode == 78 && error?.message.contains("`mqtt.host`") == true)
    }

    @Test func thePortFollowsFromTheEncryption() throws {
        #expect(try BrokerSettings(configuration { $0.host = "b" }).port == 1883)
        #expect(try BrokerSettings(configuration { ($0.host, $0.tls) = ("b", true) }).port == 8883)
        #expect(try BrokerSettings(configuration { ($0.host, $0.tls, $0.port) = ("b", true, 9) }).port == 9)
    }

    @Test func whatIsEmptyIsLeftOut() throws {
        let settings = try BrokerSettings(
            configuration { ($0.host, $0.discovery, $0.machine, $0.prefix) = ("b", "", "porch", "home/faces") })
        #expect(settings.discovery == nil && settings.tls == nil && settings.password == nil)
        #expect(settings.topics.status == "home/faces/porch/status")
        #expect(try BrokerSettings(configuration { $0.host = "b" }).discovery == "homeassistant")
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let folder = try ScratchFolder()
        var settings = try BrokerSettings(configuration { ($0.host, $0.state) = ("b", folder.url.path) })
        try settings.check()
        settings.tls = .init(authorities: "/nowhere/ca.pem")
        #expect(throws: VisageError.self) { try settings.check() }
        settings.tls = nil
        settings.password = .file("/nowhere/password")
        #expect(throws: VisageError.self) { try settings.check() }
    }

    @Test func waitsLongerAfterEachFailure() {
        var backoff = Backoff()
        let waits = (0..<9).map { _ in backoff.next(needsPerson: false) }
        for (wait, expected) in zip(waits, [1.0, 2, 4, 8, 16, 32, 60, 60, 60]) {
            #expect((expected * 0.8...expected * 1.2).contains(wait.inSeconds))
        }
        var refused = Backoff()
        #expect(refused.next(needsPerson: true) > .seconds(45), "an account must not be locked")
    }
}
