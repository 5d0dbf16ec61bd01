import Foundation
import TestSupport
import Testing
import VisageCore

extension SoakTests {
    /// What Home Assistant makes of `visage-mqtt`. Two minutes for each version.
    @Suite(
        .enabled(if: !Soak.isShort, "takes minutes: runs in the full soak"),
        .enabled(if: !HomeAssistantUnderTest.versions.isEmpty, "\(HomeAssistantUnderTest.hint)"),
        .enabled(if: BrokerUnderTest.isInstalled, "mosquitto and mosquitto-clients are not installed"))
    struct SoakHomeAssistantTests {
        private static let objects = [
            "binary_sensor.visage_lab_demo_connectivity", "binary_sensor.visage_lab_demo_occupancy",
            "sensor.visage_lab_demo_present", "sensor.visage_lab_demo_count", "sensor.visage_lab_demo_unknown",
            "event.visage_lab_demo_visit", "image.visage_lab_demo_picture",
        ]
        private static let name = "Barack Obama"

        @Test(arguments: HomeAssistantUnderTest.versions)
        func everyEntityIsThereAndRight(_ version: String) async throws {
            let folder = try ScratchFolder()
            let broker = try await BrokerUnderTest(in: folder)
            var options = DaemonUnderTest.Options.endless(try Material.get())
            options.pace = "realtime"
            let daemon = try await DaemonUnderTest.start(options, in: folder)
            let home = BridgeHome(folder)
            try home.configure(port: broker.port, ["picture: annotated"])
            let assistant = try await HomeAssistantUnderTest.start(version, broker: broker, in: folder)
            let bridge = try home.start()

            func expect(
                _ what: String, _ condition: ([String: HomeAssistantUnderTest.State]) -> Bool
            ) async throws {
                var last: [String: HomeAssistantUnderTest.State] = [:]
                let isSo = try await eventually(within: machineTimeout) {
                    last = try await assistant.states()
                    return condition(last)
                }
                #expect(isSo, "\(what): \(last)\n\(bridge.errors)")
            }
            func areThere(_ found: [String: HomeAssistantUnderTest.State]) -> Bool {
                Set(found.keys) == Set(Self.objects) && !found.values.contains { $0.state == "unavailable" }
            }
            try await expect("all entities and no others", areThere)
            try await expect("up") { $0["binary_sensor.visage_lab_demo_connectivity"]?.state == "on" }
            try await expect("\(Self.name) is there") { found in
                found["binary_sensor.visage_lab_demo_occupancy"]?.state == "on"
                    && found["sensor.visage_lab_demo_present"]?.state.contains(Self.name) == true
                    && found["sensor.visage_lab_demo_count"].flatMap { Int($0.state) } ?? 0 > 0
            }
            try await expect("an event") { $0["event.visage_lab_demo_visit"]?.says("name", Self.name) == true }

            let list = try await assistant.ask("triggers")
            let triggers = list.output.split(separator: "\n")
            #expect(
                triggers.contains("\(Self.name) was seen") && triggers.contains("Unknown person was seen"), "\(list)")
            let fired = try assistant.begin("fired", "\(Self.name) was seen", "\(testTimeoutSeconds)")
            #expect(try await fired.wait().exitCode == 0)

            let picture = folder.file("picture.jpg")
            try await expect("a picture") { $0["image.visage_lab_demo_picture"]?.state.hasPrefix("20") == true }
            let shown = try await assistant.ask("image", "image.visage_lab_demo_picture", picture.path)
            #expect(shown.exitCode == 0, "\(shown)")
            #expect(try Data(contentsOf: picture).prefix(2) == Data([0xFF, 0xD8]))

            // The last will.
            bridge.signal(SIGKILL)
            let killed = MonotonicTime.now
            try await expect("nothing available") { $0.values.allSatisfy { $0.state == "unavailable" } }
            let seconds = (MonotonicTime.now - killed).inSeconds
            let second = try home.start()
            try await expect("all is available again", areThere)
            _ = try await daemon.stop()
            try await expect("visaged is away") {
                $0["binary_sensor.visage_lab_demo_connectivity"]?.state == "unavailable"
            }
            // What a person wants gone is gone.
            second.signal(SIGTERM)
            #expect(try await second.wait().exitCode == 0)
            let clear = try await Program.run(
                Programs.path("visage-mqtt"), ["--config", folder.file("mqtt.yaml").path, "--clear"])
            #expect(clear.exitCode == 0, "\(clear)")
            try await expect("no entity", \.isEmpty)
            #expect(assistant.complaints.isEmpty, "\(assistant.complaints.joined(separator: "\n"))")
            print(
                """
                Home Assistant \(version): \(Self.objects.count) entities, \(triggers.count) triggers, unavailable within \
                \(String(format: "%.1f", seconds)) s of the end of visage-mqtt, \(assistant.complaints.count) complaints
                """)
            assistant.program.signal(SIGTERM)
            #expect(try await assistant.program.wait().exitCode == 0)
        }
    }
}
