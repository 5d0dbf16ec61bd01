import ArgumentParser
import Daemon
import Detection
import Foundation
import Recognition
import Unknowns
import VisageCore

/// Options of commands that work on what the daemon keeps: by default where its configuration says.
struct ServiceOptions: ParsableArguments {
    static let defaultConfiguration = "/etc/visage/visaged.yaml"

    @Option(help: "The daemon's configuration, which says where everything lies.")
    var config = ServiceOptions.defaultConfiguration

    @Option(help: "The folder with one folder of photos per person. Default: what the gallery was trained from.")
    var faces: String?

    @Option(help: "The gallery. Default: the daemon's.")
    var gallery: String?

    /// - Throws: `VisageError` (configuration).
    func configuration() throws -> Configuration {
        if config == Self.defaultConfiguration, access(config, R_OK) != 0 {
            throw VisageError(
                .configuration, "The configuration \(config) cannot be read: name the daemon's with --config",
                cause: String(cString: strerror(errno)))
        }
        return try ConfigurationFile.load(URL(filePath: config))
    }
}

/// Everything that such a command works on.
struct ServiceFiles {
    let configuration: Configuration
    let store: UnknownStore
    let gallery: URL
    private let faces: String?

    /// - Throws: `VisageError` (configuration, unwritable).
    init(_ options: ServiceOptions) throws {
        configuration = try options.configuration()
        store = UnknownStore(configuration.unknownFolder)
        let path = options.gallery ?? configuration.gallery
        guard !path.isEmpty else {
            throw VisageError(.configuration, "\(options.config) names no gallery; name one with --gallery")
        }
        gallery = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        faces = options.faces
        try Self.checkUser(configuration.state)
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
        let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "#\(status.st_uid)"
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
            return try GalleryFile.load(gallery)
        } catch let error as VisageError where error.code == .notFound {
            return nil
        }
    }

    func networks() throws -> Networks { try Networks(configuration.inference, models: configuration.models) }

    /// The gallery's, which is the daemon's too.
    /// - Throws: `VisageError` (model, gallery).
    func embedder(of loaded: Gallery?, _ networks: Networks) throws -> any GalleryEmbedder {
        try loaded.map { try networks.embedder(of: $0, path: gallery.path) } ?? networks.embedder()
    }

    /// With the gallery's own detector and embedder.
    func update() throws -> GalleryUpdate {
        let loaded = try loadGallery()
        let folder = faces ?? loaded?.description.sources?.faces ?? configuration.state + "/faces"
        let networks = try networks()
        let embedder = try embedder(of: loaded, networks)
        let detector = loaded.flatMap { DetectorKind(galleryID: $0.description.detector.id) } ?? .yunet
        let input = loaded?.description.detector.input ?? NetworkOptions.photoInput
        let trainer = Trainer(
            reader: try networks.photoReader(detector, embedder: embedder, input: input), embedder: embedder.origin,
            detector: try networks.detectorOrigin(detector, input: input), curve: embedder.impostors,
            concurrency: networks.concurrency)
        let people = try FacesFolder.ifAny(URL(filePath: folder, directoryHint: .isDirectory).standardizedFileURL)
        return try GalleryUpdate(
            gallery, gallery: loaded, faces: people, trainer: trainer,
            progress: Progress("Photos", total: people.photoCount).update)
    }
}
