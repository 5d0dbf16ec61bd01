import Events
import Fleet
import Foundation
import Recognition
import TestSupport
import Testing
import VisageCore

/// A machine of a fleet with all its parts: a camera on the network, and what its daemon and its visage-fleet need.
///
/// In front of the camera, Barack Obama and two strangers come and go every five seconds or so; or nobody is there.
struct FleetSite {
    /// One life of the daemon.
    struct Run {
        let daemon: DaemonUnderTest

        /// How many events there are; those after it are new.
        var count: Int { daemon.collector.logged.count }

        /// What was said of faces in this run, without the first events.
        func verdicts(after count: Int = 0) -> [Event] {
            let logged = daemon.collector.logged
            return logged.dropFirst(count).filter { $0.run == logged.last?.run }
        }
        /// As they were called when they left: until a face is clear, its person may have a new id.
        func strangers(after count: Int = 0) -> Set<String> {
            Set(verdicts(after: count).filter { $0.type == .lost }.compactMap(\.unknownID))
        }
        func names(after count: Int = 0) -> Set<String> { Set(verdicts(after: count).compactMap(\.name)) }

        func stop() async throws {
            daemon.program.signal(SIGTERM)
            try await daemon.exit()
            #expect(daemon.collector.problems.isEmpty)
        }
    }

    let machine: MachineUnderTest
    let camera: RTSPCameraUnderTest
    var options: DaemonUnderTest.Options
    private let view: FleetView

    /// - Parameters:
    ///   - streams: see `streams`
    ///   - changes: lines of the section `fleet`.
    init(
        _ name: String, _ number: Int, _ fleet: FleetUnderTest, _ material: Material, streams: ScratchFolder,
        _ changes: [String: String]
    ) async throws {
        machine = try MachineUnderTest(name, fleet, changes)
        view = FleetView(number, machine.folder)
        let folder = try ScratchFolder()
        for file in ["main.h264", "other.h264"] {
            try FileManager.default.copyItem(at: streams.file(file), to: folder.file(file))
        }
        camera = try await RTSPCameraUnderTest.start(in: folder)
        options = DaemonUnderTest.Options(material)
        options.gallery = machine.folder.file("gallery").path
        options.cameras = ["{name: demo, source: \"\(camera.url())\", transport: tcp}"]
        options.more = [try machine.section(changes), "tracking: {lost_after: 0.5}"]
    }

    /// Pictures in which people come and go, and others without anybody. In the clip's full size: a face that is small is
    /// never clear enough for its person to be kept.
    static func streams(in folder: ScratchFolder) async throws {
        let keys = "keyint=15:min-keyint=15:scenecut=0:bframes=0:aud=1:repeat-headers=1"
        let encoder = [
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-x264-params", keys, "-frames:v", "77", "-f",
            "h264",
        ]
        let pause = "tpad=stop_mode=add:stop_duration=2:color=black"
        // With noise, and not five seconds long: a camera that shows the same picture at each look of the daemon is frozen.
        let noise = "noise=alls=6:allf=t"
        let filter = "[0:v]fps=15,\(pause),split[p][b];[b]drawbox=t=fill:color=black,\(noise)[c];[p]\(noise)[a]"
        try await Video.ffmpeg(
            ["-ss", "28.4", "-t", "3.5", "-i", Workspace.clip.path, "-filter_complex", filter] + ["-map", "[a]"]
                + encoder
                + [folder.file("main.h264").path] + ["-map", "[c]"] + encoder + [folder.file("other.h264").path])
    }

    var folder: ScratchFolder { machine.folder }
    /// The configuration of the daemon.
    var config: String { folder.file("visaged.yaml").path }

    func start() async throws -> Run { Run(daemon: try await DaemonUnderTest.start(options, in: folder)) }

    /// In the gallery.
    var people: [String] { (try? GalleryFile.load(folder.file("gallery")).people) ?? [] }

    /// Of each unknown person whom some machine knows, the id that stands for them and then all ids.
    var unknown: Set<[String]> { Set(view.people().map { $0.map(UnknownNumber.id) }) }

    /// The ids that stand for them.
    var unknownIDs: Set<String> { Set(unknown.compactMap(\.first)) }

    /// Ids of the unknown people whom this machine's daemon keeps.
    var kept: Set<String> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.file("state/unknown").path)) ?? []
        return Set(names.filter { access(folder.file("state/unknown/\($0)/person.json").path, F_OK) == 0 })
    }

    /// What the unknown people who are kept look like, by id.
    var faces: [String: Embedding] {
        let facts = OwnPeople(folder.file("state/unknown")).scan()?.changed ?? []
        return Dictionary(uniqueKeysWithValues: facts.map { (UnknownNumber.id($0.number), $0.embedding.embedding) })
    }
}
