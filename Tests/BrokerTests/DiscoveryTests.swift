import Broker
import Foundation
import TestSupport
import Testing

@Suite struct DiscoveryTests {
    private let discovery = Discovery(
        topics: Topics(prefix: "visage", machine: "lab"), prefix: "homeassistant", version: "1.2.3")

    private func payloads(_ messages: [Message]) throws -> [String: [String: Any]] {
        try messages.reduce(into: [:]) { found, message in
            #expect(message.isRetained)
            found[message.topic] =
                try JSONSerialization.jsonObject(with: Data(message.payload)) as? [String: Any]
        }
    }

    @Test func aCameraIsADeviceWithItsEntities() throws {
        let found = try payloads(discovery.messages(cameras: ["door"], people: ["Ada"], hasPicture: true))
        #expect(
            found.keys.sorted() == [
                "homeassistant/binary_sensor/visage_lab_door/connectivity/config",
                "homeassistant/binary_sensor/visage_lab_door/occupancy/config",
                "homeassistant/device_automation/visage_lab_door/seen_\(Topics.hash("Ada"))/config",
                "homeassistant/device_automation/visage_lab_door/seen_unknown/config",
                "homeassistant/event/visage_lab_door/visit/config",
                "homeassistant/image/visage_lab_door/picture/config",
                "homeassistant/sensor/visage_lab_door/count/config",
                "homeassistant/sensor/visage_lab_door/present/config",
                "homeassistant/sensor/visage_lab_door/unknown/config",
            ])
        for (topic, values) in found {
            let device = try #require(values["device"] as? [String: Any], "\(topic)")
            #expect(
                device["identifiers"] as? [String] == ["visage_lab_door"] && device["name"] as? String == "Visage door")
            #expect((values["origin"] as? [String: String])?["name"] == "visage-mqtt")
            guard !topic.contains("device_automation") else { continue }
            #expect(values["unique_id"] != nil && values["object_id"] != nil && values["default_entity_id"] != nil)
            let availability = try #require(values["availability"] as? [[String: String]])
            #expect(availability.first?["topic"] == "visage/lab/status")
            // The entity that says whether the camera is up has to be there when it is not.
            #expect(availability.count == (topic.contains("connectivity") ? 1 : 2))
            #expect(values["availability_mode"] as? String == "all")
        }
        let event = found["homeassistant/event/visage_lab_door/visit/config"]
        #expect(event?["event_types"] as? [String] == ["identified", "unknown", "revised", "left"])
        #expect(event?["state_topic"] as? String == "visage/lab/door/visit")
    }

    @Test func aTriggerNamesThePersonAndComparesNoName() throws {
        let name = "{{ 1/0 }} \"Ada\" Lovelace, Größe"
        let found = try payloads(discovery.messages(cameras: ["door"], people: [name], hasPicture: false))
        let trigger = try #require(found.first { $0.value["subtype"] as? String == name })
        #expect(
            trigger.value["type"] as? String == "was seen" && trigger.value["payload"] as? String == Topics.hash(name))
        #expect(!trigger.key.contains("Ada") && !(trigger.value["value_template"] as? String ?? "").contains("Ada"))
        #expect(!found.keys.contains { $0.contains("/image/") })
    }

    @Test func idsAreWhatHomeAssistantTakesAndDiffer() throws {
        let names = ["door", "Tür", "Tur", "T_r", "Tær", "door-2"]
        let ids = names.map(Topics.identifier)
        #expect(Set(ids).count == names.count)
        for id in ids { #expect(id.wholeMatch(of: #/[A-Za-z0-9_-]+/#) != nil, "\(id)") }
        #expect(Topics.identifier("door") == "door")
        let found = try payloads(discovery.messages(cameras: ["Tür", "T_r"], people: [], hasPicture: true))
        #expect(found.count == 16)
        #expect(Set(found.values.compactMap { $0["unique_id"] as? String }).count == 14)
    }

    @Test func hostNamesBecomeOneLevel() {
        #expect(Topics.machineName("porch.lan") == "porch.lan")
        #expect(Topics.machineName("a/b+c#") == "a-b-c-")
        #expect(Topics.machineName("") == "visage")
    }
}
