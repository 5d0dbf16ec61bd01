import Foundation
import VisageCore

/// What `visaged.yaml` says, with the default of every key that it leaves out.
///
/// Each section is a type of its own in a file of its own. That file has the meaning, default and range of each key of
/// the section, and turns the keys into the settings of the module that they are for. `systemd/visaged.yaml` explains
/// the same keys to administrators; a test compares it with the code.
public struct Configuration: Codable, Sendable, Equatable {
    /// The folder of the event log, and of everything else that has to survive a restart. Must not be empty.
    public var state = "/var/lib/visage"
    /// MiB that are kept free on the disks of recordings, unknown people and event log, 0 to 100,000,000, and at most a
    /// tenth of each disk: the oldest recordings go before there is less. 0: nothing is deleted for that reason.
    public var keepFreeMB = 1024
    /// The gallery of known people, a folder that `visage train` writes. Empty: faces are tracked, and all are unknown.
    public var gallery = "/var/lib/visage/gallery"
    /// The folder of the models and their manifest. Empty: the one that is installed with the program.
    public var models = ""
    /// At least one. Names are unique.
    public var cameras: [Camera] = []
    public var events = Events()
    public var frames = Frames()
    public var recording = Recording()
    public var detection = Detection()
    public var tracking = Tracking()
    public var unknown = Unknown()
    public var inference = Inference()
    public var web = Web()
    public var mqtt = MQTT()
    public var fleet = Fleet()
    public var log = Log()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case state
        case keepFreeMB = "keep_free_mb"
        case gallery, models, cameras, events, frames, recording, detection, tracking, unknown, inference, web, mqtt,
            fleet, log
    }

    /// All sections but the cameras, each under its key.
    private var sections: [(key: CodingKeys, section: any ConfigurationSection)] {
        [
            (.events, events), (.frames, frames), (.recording, recording), (.detection, detection),
            (.tracking, tracking), (.unknown, unknown), (.inference, inference), (.web, web), (.mqtt, mqtt),
            (.fleet, fleet), (.log, log),
        ]
    }

    /// Checks what the types of the values cannot express.
    /// - Throws: `ConfigurationProblem`, the first one found.
    package func validate() throws(ConfigurationProblem) {
        if state.isEmpty { throw ConfigurationProblem(CodingKeys.state, "is empty; the event log needs a folder") }
        try ConfigurationProblem.check(keepFreeMB, CodingKeys.keepFreeMB, in: 0...100_000_000)
        if cameras.isEmpty {
            throw ConfigurationProblem(CodingKeys.cameras, "names no camera; add one with `name` and `source`")
        }
        for (index, camera) in cameras.enumerated() {
            do throws(ConfigurationProblem) {
                try camera.validate()
                try validateRecordingMode(of: camera)
                if cameras[..<index].contains(where: { $0.name == camera.name }) {
                    throw ConfigurationProblem(Camera.CodingKeys.name, "is the name of another camera already")
                }
            } catch {
                throw error.within("\(index)").within(CodingKeys.cameras.stringValue)
            }
        }
        for (key, section) in sections {
            do { try section.validate() } catch { throw error.within(key.stringValue) }
        }
    }

    /// The words that the key at `path` accepts; nil if it accepts other values.
    /// - Parameter path: the keys that lead to it, from the outermost one, and the index of a camera.
    static func choices(at path: [String]) -> [String]? {
        guard let key = path.last(where: { Int($0) == nil }), let outer = path.first else { return nil }
        if outer == CodingKeys.cameras.stringValue { return Camera.choices[key] }
        let section = Configuration().sections.first { $0.key.stringValue == outer }?.section
        return section.flatMap { type(of: $0).choices[key] }
    }

    /// Makes relative paths absolute.
    /// - Parameter folder: what they are relative to.
    mutating func resolvePaths(against folder: URL) {
        state.resolvePath(against: folder)
        gallery.resolvePath(against: folder)
        models.resolvePath(against: folder)
        events.socket.resolvePath(against: folder)
        frames.folder.resolvePath(against: folder)
        recording.folder.resolvePath(against: folder)
        unknown.folder.resolvePath(against: folder)
        web.passwords.resolvePath(against: folder)
        mqtt.resolvePaths(against: folder)
        fleet.resolvePaths(against: folder)
        for index in cameras.indices { cameras[index].resolvePaths(against: folder) }
    }

    /// The keys whose change takes effect only at the next start of the daemon.
    /// - Parameter old: the configuration in use until now.
    package func keysThatNeedRestart(changedFrom old: Configuration) -> [String] {
        let changes: [(key: CodingKeys, isChanged: Bool)] = [
            (.state, state != old.state), (.models, models != old.models), (.events, events != old.events),
            (.inference, inference != old.inference), (.unknown, unknown != old.unknown),
            (.fleet, fleet.isOtherMemory(than: old.fleet)),
        ]
        return changes.filter(\.isChanged).map(\.key.stringValue)
    }
}

extension String {
    /// Makes a relative path absolute. An empty one stays empty: it means that there is none.
    mutating func resolvePath(against folder: URL) {
        guard !isEmpty, !hasPrefix("/") else { return }
        self = folder.appending(path: self).standardizedFileURL.path
    }
}
