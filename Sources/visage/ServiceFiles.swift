import Daemon
import Detection
import Foundation
import Recognition
import Unknowns
import VisageCore

/// Everything that a command with `ServiceOptions` works on.
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

    /// The gallery's folder; nil where the daemon is to know nobody.
    private var galleryIfAny: URL? {
        let path = options.gallery ?? configuration.gallery
        return path.isEmpty ? nil : URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    }

    /// The gallery's folder.
    /// - Throws: `VisageError` (configuration) if none is named.
    func gallery() throws -> URL {
        guard let gallery = galleryIfAny else {
            throw VisageError(.configuration, "\(options.config) names no gallery; name one with --gallery")
        }
        return gallery
    }

    /// Who writes as somebody else leaves files that the daemon cannot read.
    private static func checkUser(_ state: String) throws {
        var status = stat()
        guard stat(state, &status) == 0 else {
            // Where even looking is forbidden, there is nobody to name.
            guard errno == EACCES else { return }
            throw VisageError(
                .unwritable, "\(state) cannot be looked into: run this as the daemon's user, sudo -u visage visage …")
        }
        guard status.st_uid != geteuid() else { return }
        let owner = GalleryOwner.name(status.st_uid)
        throw VisageError(
            .unwritable,
            "\(state) belongs to \(owner), and what another user writes \(owner) cannot read: run this as sudo -u \(owner) "
                + "visage …")
    }

    /// Those who can be read; says who cannot.
    func people() throws -> [UnknownPerson] {
        let content = try store.load()
        for (folder, reason) in content.leftOut { Output.note("\(folder.path) is left out: \(reason)") }
        return content.people
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

    /// The gallery's, which is the daemon's too.
    /// - Throws: `VisageError` (model, gallery).
    func embedder(of loaded: Gallery?, _ networks: Networks) throws -> any GalleryEmbedder {
        try loaded.map { try networks.embedder(of: $0, path: galleryIfAny?.path ?? "") } ?? networks.embedder()
    }

    private func detector(of loaded: Gallery?) -> (kind: DetectorKind, input: Int) {
        guard let origin = loaded?.description.detector else { return (.yunet, NetworkOptions.photoInput) }
        return (DetectorKind(galleryID: origin.id) ?? .yunet, origin.input)
    }

    /// The unknown people as the embedder sees them.
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

    /// For whoever changes faces and gallery: what was read before may be changed by others.
    /// - Throws: `VisageError` (inUse, unwritable, gallery).
    func lock() throws -> FacesLock { try FacesLock(faces(of: loadGallery())) }

    /// With the gallery's own detector and embedder.
    /// - Parameter strangers: a folder in place of that which the gallery was calibrated with.
    func update(_ lock: FacesLock, strangers: String? = nil) throws -> GalleryUpdate {
        let (folder, loaded) = (try gallery(), try loadGallery())
        guard faces(of: loaded) == lock.faces else {
            throw VisageError(
                .inUse, "The gallery \(folder.path) was trained from other photos this very moment: say this again")
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
