import ClientCommands
import Daemon
import Detection
import FleetFacts
import FleetStorage
import Foundation
import ModelLoading
import Recognition
import Unknowns
import VisageConfiguration
import VisageCore

/// The files of the daemon that a command with `ServiceOptions` works on.
struct ServiceFiles {
    let configuration: Configuration
    let store: UnknownStore
    private let options: ServiceOptions

    /// - Throws: `VisageError` (configuration, unwritable).
    init(_ options: ServiceOptions) throws {
        self.options = options
        configuration = try options.configuration()
        store = UnknownStore(configuration.unknownFolder)
        try Self.checkUser(configuration.state)
    }

    /// The folder of the gallery; nil if the daemon is configured without one.
    private var galleryIfAny: URL? {
        let path = options.gallery ?? configuration.gallery
        return path.isEmpty ? nil : URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    }

    /// The folder of the gallery.
    /// - Throws: `VisageError` (configuration) if none is named.
    func gallery() throws -> URL {
        guard let gallery = galleryIfAny else {
            throw VisageError(.configuration, "\(options.config) has no gallery; pass one with --gallery")
        }
        return gallery
    }

    /// Refuses to run as another user than the daemon, because the daemon could not read what that user writes.
    static func checkUser(_ state: String) throws {
        var status = stat()
        guard stat(state, &status) == 0 else {
            // The folder cannot even be examined, so the message cannot name its owner.
            guard errno == EACCES else { return }
            throw VisageError(
                .unwritable,
                "\(state) cannot be read: run this command as the user of the daemon, with sudo -u visage visage …")
        }
        guard status.st_uid != geteuid() else { return }
        let owner = GalleryOwner.name(status.st_uid)
        throw VisageError(
            .unwritable,
            "\(state) belongs to \(owner), who cannot read files that another user writes: run this command with "
                + "sudo -u \(owner) visage …")
    }

    /// The stored unknown people. A note on standard error names those that cannot be read.
    func people() throws -> [UnknownPerson] {
        let content = try store.load(machine: configuration.fleet.isUsed ? configuration.fleet.number : 0)
        for (folder, reason) in content.leftOut { Output.note("\(folder.path) is left out: \(reason)") }
        return fleet?.completed(content.people) ?? content.people
    }

    /// What the fleet knows of unknown people; nil if this machine shares none.
    var fleet: FleetAliases? {
        let fleet = configuration.fleet
        guard fleet.isUsed, fleet.number > 0, fleet.share.contains(.unknown) else { return nil }
        return FleetAliases(state: fleet.state, machine: fleet.number)
    }

    /// nil if there is none.
    func loadGallery() throws -> Gallery? {
        do {
            return try galleryIfAny.map(GalleryFile.load)
        } catch let error as VisageError where error.code == .notFound {
            return nil
        }
    }

    func networks() throws -> Networks { try Networks(configuration.inference, models: configuration.models) }

    /// The embedder of the gallery, which is the daemon's too.
    /// - Throws: `VisageError` (model, gallery).
    func embedder(of loaded: Gallery?, _ networks: Networks) throws -> any GalleryEmbedder {
        try loaded.map { try networks.embedder(of: $0, path: galleryIfAny?.path ?? "") } ?? networks.embedder()
    }

    private func detector(of loaded: Gallery?) -> (kind: DetectorKind, input: Int) {
        guard let origin = loaded?.description.detector else { return (.yunet, PhotoReader.defaultInput) }
        return (DetectorKind(galleryID: origin.id) ?? .yunet, origin.input)
    }

    /// The unknown people with embeddings of this embedder.
    /// - Throws: `VisageError` (model, engine, unreadable).
    func comparable(
        _ loaded: Gallery?, _ embedder: any GalleryEmbedder, _ networks: Networks
    ) throws -> ComparablePeople {
        let (detector, input) = detector(of: loaded)
        return try ComparablePeople(
            people(), in: store, origin: embedder.origin,
            reader: networks.photoReader(detector, embedder: embedder, input: input))
    }

    /// The folder of photos.
    private func faces(of loaded: Gallery?) -> URL {
        let path = options.faces ?? loaded?.description.sources?.faces ?? configuration.state + "/faces"
        return URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    }

    /// The photos that the gallery is trained from.
    /// - Throws: `VisageError` (gallery, unreadable).
    func photos() throws -> FacesFolder { try FacesFolder.ifAny(faces(of: loadGallery())) }

    /// The lock for changing photos and gallery. What was read before it is taken may have been changed by others.
    /// - Throws: `VisageError` (inUse, unwritable, gallery).
    func lock() throws -> FacesLock { try FacesLock(faces(of: loadGallery())) }

    /// An update that uses the detector and the embedder of the gallery.
    /// - Parameter strangers: a folder to use instead of the one that the threshold was set with.
    func update(_ lock: FacesLock, strangers: String? = nil) throws -> GalleryUpdate {
        let (folder, loaded) = (try gallery(), try loadGallery())
        guard faces(of: loaded) == lock.faces else {
            throw VisageError(
                .inUse, "The gallery \(folder.path) has just been trained from other photos by another command: retry")
        }
        let strangers = try strangers.map { try FacesFolder(URL(filePath: $0, directoryHint: .isDirectory)) }
        let networks = try networks()
        let embedder = try embedder(of: loaded, networks)
        let (detector, input) = detector(of: loaded)
        let trainer = Trainer(
            reader: try networks.photoReader(detector, embedder: embedder, input: input), embedder: embedder.origin,
            detector: try networks.detectorOrigin(detector, input: input), curve: embedder.impostors,
            concurrency: networks.concurrency)
        let photos = try FacesFolder.ifAny(lock.faces).photoCount
        return try GalleryUpdate(
            folder, gallery: loaded, lock: lock, strangers: strangers, trainer: trainer,
            progress: Progress("Photos", total: photos).update)
    }
}
