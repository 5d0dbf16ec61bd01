import VisageCore

/// The messages by which Home Assistant learns what there is: a device for each camera, one retained message for each of
/// its entities and triggers. See https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
package struct Discovery: Sendable {
    package let topics: Topics
    /// Where Home Assistant looks.
    package let prefix: String
    /// Of the daemon.
    package let version: String

    package init(topics: Topics, prefix: String, version: String) {
        (self.topics, self.prefix, self.version) = (topics, prefix, version)
    }

    /// - Parameters:
    ///   - people: those who get a trigger, at each camera.
    ///   - hasPicture: whether pictures are published.
    package func messages(cameras: [String], people: [String], hasPicture: Bool) throws -> [Message] {
        try cameras.sorted().flatMap { camera in
            try entities(of: camera, hasPicture: hasPicture).map { try message($0, of: camera) }
                + triggers(of: camera, people).map { try message($0, of: camera) }
        }
    }

    /// A key and value of a message; numbers do not occur.
    package enum Value: Encodable, Equatable {
        case text(String)
        case list([Value])
        case map([String: Value])

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .list(let list): try container.encode(list)
            case .map(let map): try container.encode(map)
            }
        }
    }

    private struct Entry {
        let component: String
        let object: String
        let values: [String: Value]
    }

    private func message(_ entry: Entry, of camera: String) throws -> Message {
        let values = entry.values.merging(
            ["device": device(camera), "origin": .map(["name": .text("visage-mqtt"), "sw_version": .text(version)])]
        ) { own, _ in own }
        return try Message(
            "\(prefix)/\(entry.component)/\(node(camera))/\(entry.object)/config", json: values, retained: true)
    }

    private func node(_ camera: String) -> String { Topics.identifier("visage_\(topics.machine)_\(camera)") }

    private func device(_ camera: String) -> Value {
        .map([
            "identifiers": .list([.text(node(camera))]),
            "name": .text("Visage \(camera)"),
            "manufacturer": .text("Visage"),
            "model": .text("Camera of \(topics.machine)"),
            "sw_version": .text(version),
        ])
    }

    private func entities(of camera: String, hasPicture: Bool) -> [Entry] {
        let program = Value.map(["topic": .text(topics.status)])
        let source = Value.map([
            "topic": .text(topics.present(camera)),
            "value_template": .text("{{ 'online' if value_json.up else 'offline' }}"),
        ])
        func entry(
            _ component: String, _ object: String, _ name: String, hangsOnCamera: Bool = true, _ more: [String: String]
        ) -> Entry {
            var values = more.mapValues { Value.text($0) }
            let id = Topics.identifier("visage_\(topics.machine)_\(camera)_\(object)")
            values["name"] = .text(name)
            values["unique_id"] = .text(id)
            // The first until 2026.3, the second from 2025.10 on.
            values["object_id"] = .text(id.lowercased())
            values["default_entity_id"] = .text("\(component).\(id.lowercased())")
            values["availability"] = .list(hangsOnCamera ? [program, source] : [program])
            values["availability_mode"] = .text("all")
            if component == "event" {
                values["event_types"] = .list(VisitMessage.Kind.allCases.map { .text($0.rawValue) })
            }
            return Entry(component: component, object: object, values: values)
        }
        let present = topics.present(camera)
        var entries = [
            entry(
                "binary_sensor", "connectivity", "Connectivity", hangsOnCamera: false,
                [
                    "state_topic": present, "device_class": "connectivity", "entity_category": "diagnostic",
                    "value_template": "{{ 'ON' if value_json.up else 'OFF' }}", "json_attributes_topic": present,
                    "json_attributes_template": "{{ {'reason': value_json.reason | default(none)} | tojson }}",
                ]),
            entry(
                "binary_sensor", "occupancy", "Occupancy",
                [
                    "state_topic": present, "device_class": "occupancy",
                    "value_template": "{{ 'ON' if value_json.count > 0 else 'OFF' }}",
                ]),
            entry(
                "sensor", "present", "People present",
                [
                    "state_topic": present, "value_template": "{{ value_json.summary }}",
                    "json_attributes_topic": present, "icon": "mdi:account-group",
                ]),
            entry(
                "sensor", "count", "People count",
                [
                    "state_topic": present, "value_template": "{{ value_json.count }}", "state_class": "measurement",
                    "icon": "mdi:counter",
                ]),
            entry(
                "sensor", "unknown", "Unknown people",
                [
                    "state_topic": present, "value_template": "{{ value_json.unknown }}", "state_class": "measurement",
                    "icon": "mdi:account-question",
                ]),
            entry("event", "visit", "Visit", ["state_topic": topics.visit(camera), "icon": "mdi:account-eye"]),
        ]
        if hasPicture {
            entries.append(
                entry(
                    "image", "picture", "Last visit",
                    ["image_topic": topics.picture(camera), "content_type": "image/jpeg"]))
        }
        return entries
    }

    /// Home Assistant compares text, and takes the text to compare with for a template: so it gets a hash of the name.
    private func triggers(of camera: String, _ people: [String]) -> [Entry] {
        let isNow = "not value_json.late and value_json.event_type in"
        let known = people.map { name in
            trigger(
                "seen_\(Topics.hash(name))", name, camera, payload: Topics.hash(name),
                "{{ value_json.person if \(isNow) ['identified', 'revised'] else '' }}")
        }
        let unknown = trigger(
            "seen_unknown", "Unknown person", camera, payload: "unknown",
            "{{ 'unknown' if \(isNow) ['unknown', 'revised'] and value_json.unknown_id is defined else '' }}")
        return known + [unknown]
    }

    private func trigger(
        _ object: String, _ name: String, _ camera: String, payload: String, _ template: String
    ) -> Entry {
        let values = [
            "automation_type": "trigger", "type": "was seen", "subtype": name, "topic": topics.visit(camera),
            "payload": payload, "value_template": template,
        ]
        return Entry(component: "device_automation", object: object, values: values.mapValues { .text($0) })
    }
}
