import Foundation
import Inference
import RecognitionTestSupport
import Storage
import TestSupport
import VisageCore

@testable import Recognition

/// A gallery of two people with a head, of which one file at a time is replaced; the checksums are then made to fit.
private struct GalleryOnDisk: Sendable {
    static let dimension = 4
    static let names = (
        description: "gallery.json", embeddings: "embeddings.bin", model: "svm.model", head: "head.json"
    )

    private let scratch: ScratchFolder
    let folder: URL
    let description: Gallery.Description

    init() throws {
        scratch = try ScratchFolder()
        folder = scratch.url.appending(path: "gallery", directoryHint: .isDirectory)
        let workshop = try Workshop()
        try workshop.enrol(2, views: 2)
        var gallery = try workshop.train().gallery
        // Short embeddings: mutations then change what matters.
        gallery.samples = try (0..<4).map { index in
            guard let embedding = Self.embedding(index) else { throw VisageError(.gallery, "no embedding") }
            return Gallery.Sample(
                photo: String(repeating: "\(index)", count: 64), person: index / 2, quality: 0.5, embedding: embedding)
        }
        let head = try JSONDecoder().decode(HeadFile.self, from: Data(Self.head.utf8))
        gallery.head = head
        gallery.description.embedder.head = head.digest
        try GalleryFile.write(gallery, to: folder)
        description = try GalleryFile.load(folder).description
    }

    static func embedding(_ index: Int, dimension: Int = dimension) -> Embedding? {
        Embedding(normalizing: (0..<dimension).map { $0 == index / 2 ? 1 : Float(index) / 10 })
    }

    /// 4 to 2.
    private static let head = """
        {"schema": 1, "inputs": 4, "outputs": 2, "people": 5, "photos": 9, "weights": "AACAPwAAAAAAAAAAAAAAAAAAAAAAAIA/\
        AAAAAAAAAAA=", "impostors": [{"far": 0.01, "similarity": 0.4}, {"far": 0.0001, "similarity": 0.6}],
         "embedder": {"id": "fake", "sha256": "aa", "crop": "square", "standardisation": "none", "precision": "f32"},
         "before": {"people": 5, "photos": 9, "mates": 4, "impostors": 3, "accuracy": 0.9, "tar_at_0.01": 0.5,
                    "tar_at_0.001": 0.4},
         "after": {"people": 5, "photos": 9, "mates": 4, "impostors": 3, "accuracy": 0.9, "tar_at_0.01": 0.5,
                   "tar_at_0.001": 0.4}}
        """

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

    /// Replaces a file other than `gallery.json`.
    func put(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: folder.appending(path: name))
        var description = description
        description.files[name] = FileDigest.sha256(of: Data(bytes))
        try put(description)
    }

    func put(_ description: Gallery.Description) throws {
        var description = description
        description.checksum = try description.digest
        try JSONEncoder().encode(description).write(to: folder.appending(path: Self.names.description))
    }

    /// As the daemon and the commands do.
    func use() throws {
        let gallery = try GalleryFile.load(folder)
        _ = gallery.reducedPeople
        try gallery.check(description.embedder, path: folder.path)
        for classifier in try [true, false].map({ try GalleryClassifier(gallery, givesProbabilities: $0) }) {
            for embedding in [Self.embedding(1), Self.embedding(0, dimension: 7)].compactMap({ $0 }) {
                if let match = classifier.classify(embedding) {
                    Invariant.require(gallery.people.contains(match.name), "a name that the gallery does not have")
                }
                _ = classifier.classify(photo: embedding)
            }
            for person in gallery.people.prefix(3) {
                _ = Self.embedding(0).flatMap { classifier.similarity(of: $0, to: person) }
            }
        }
        if let head = try gallery.head?.head(path: folder.path) {
            _ = Self.embedding(1).flatMap { head.apply($0) }
        }
        _ = try GalleryClassifier(gallery.emptied)
    }
}

/// `gallery.json`, with its checksums right.
struct GalleryDescriptionTarget: FuzzTarget {
    static let name = "gallery-description"
    private let gallery: GalleryOnDisk

    static func seeds() throws -> [[UInt8]] { [try GalleryOnDisk().bytes(GalleryOnDisk.names.description)] }

    init() throws { gallery = try GalleryOnDisk() }

    func run(_ bytes: [UInt8]) throws {
        if var description = try? JSONDecoder().decode(Gallery.Description.self, from: Data(bytes)) {
            // Files that it names and that are there have the right checksums; others stay wrong.
            for (name, digest) in gallery.description.files where description.files[name] != nil {
                description.files[name] = digest
            }
            do { try gallery.put(description) } catch is EncodingError { return }
        } else {
            try Data(bytes).write(to: gallery.folder.appending(path: GalleryOnDisk.names.description))
        }
        try gallery.use()
    }
}

/// `embeddings.bin`, with its checksum right.
struct GalleryEmbeddingsTarget: FuzzTarget {
    static let name = "gallery-embeddings"
    private let gallery: GalleryOnDisk

    static func seeds() throws -> [[UInt8]] { [try GalleryOnDisk().bytes(GalleryOnDisk.names.embeddings)] }

    init() throws { gallery = try GalleryOnDisk() }

    func run(_ bytes: [UInt8]) throws {
        try gallery.put(bytes, GalleryOnDisk.names.embeddings)
        try gallery.use()
    }
}

/// `svm.model`, with its checksum right: libsvm believes whatever it reads.
struct GalleryModelTarget: FuzzTarget {
    static let name = "gallery-model"
    private let gallery: GalleryOnDisk

    static func seeds() throws -> [[UInt8]] { [try GalleryOnDisk().bytes(GalleryOnDisk.names.model)] }

    init() throws { gallery = try GalleryOnDisk() }

    func run(_ bytes: [UInt8]) throws {
        try gallery.put(bytes, GalleryOnDisk.names.model)
        try gallery.use()
    }
}

/// `head.json`, with the checksums of the file and of the weights right.
struct GalleryHeadTarget: FuzzTarget {
    static let name = "gallery-head"
    private let gallery: GalleryOnDisk

    static func seeds() throws -> [[UInt8]] { [try GalleryOnDisk().bytes(GalleryOnDisk.names.head)] }

    init() throws { gallery = try GalleryOnDisk() }

    func run(_ bytes: [UInt8]) throws {
        let name = GalleryOnDisk.names.head
        try Data(bytes).write(to: gallery.folder.appending(path: name))
        var description = gallery.description
        description.files[name] = FileDigest.sha256(of: Data(bytes))
        if let head = try? JSONDecoder().decode(HeadFile.self, from: Data(bytes)) {
            description.embedder.head = head.digest
        }
        try gallery.put(description)
        try gallery.use()
    }
}
