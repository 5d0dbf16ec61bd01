import Foundation
import Inference
import Storage
import VisageCore

/// A gallery on disk: a folder with `gallery.json`, `embeddings.bin` and, where an SVM tells two people or more apart,
/// `svm.model`; `others.bin`, if others were taken for somebody in it. One of nobody has `gallery.json` alone.
public enum GalleryFile {
    static let descriptionName = "gallery.json"
    static let embeddingsName = "embeddings.bin"
    static let othersName = "others.bin"
    static let svmName = "svm.model"
    static let headName = "head.json"
    /// The files that the description has checksums of.
    static let partNames: Set<String> = [embeddingsName, othersName, svmName, headName]
    /// Sizes in bytes that no gallery reaches, so that a file of somebody else does not fill the memory.
    private static let maxDescription = 64 << 20
    private static let maxPart = 1 << 30

    /// Reads a gallery and checks that it is whole. One that is replaced meanwhile is read anew.
    /// - Throws: `VisageError` (notFound, gallery) saying what is wrong with it.
    public static func load(_ folder: URL) throws -> Gallery {
        for _ in 0..<100 {
            let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else {
                let code = errno
                if code == ENOENT { throw missing(folder) }
                throw VisageError(
                    .gallery, "\(folder.path) cannot be read as a gallery, which is a folder that `visage train` makes",
                    cause: String(cString: strerror(code)))
            }
            defer { close(descriptor) }
            do {
                // This way leads to the folder that was opened, whoever bears its name by then.
                return try read(URL(filePath: "/proc/self/fd/\(descriptor)", directoryHint: .isDirectory), of: folder)
            } catch {
                guard isReplaced(folder, descriptor) else { throw error }
            }
        }
        throw VisageError(.gallery, "The gallery \(folder.path) is replaced faster than it can be read")
    }

    private static func isReplaced(_ folder: URL, _ descriptor: Int32) -> Bool {
        var opened = stat()
        var now = stat()
        return fstat(descriptor, &opened) == 0 && stat(folder.path, &now) == 0
            && (opened.st_ino, opened.st_dev) != (now.st_ino, now.st_dev)
    }

    private static func missing(_ folder: URL) -> VisageError {
        VisageError(
            .notFound,
            "There is no gallery at \(folder.path): no \(descriptionName) there; make one with `visage train`")
    }

    /// - Parameter folder: for messages.
    private static func read(_ place: URL, of folder: URL) throws -> Gallery {
        let file = place.appending(path: descriptionName)
        guard FileManager.default.fileExists(atPath: file.path) else { throw missing(folder) }
        let description: Gallery.Description
        do {
            description = try JSONDecoder().decode(
                Gallery.Description.self, from: BoundedFile.read(file, limit: maxDescription))
        } catch {
            throw damaged(folder, "\(descriptionName) cannot be read")
        }
        guard description.schema == Gallery.Description.schemaVersion else {
            throw VisageError(
                .gallery,
                "The gallery \(folder.path) has format \(description.schema), this program reads "
                    + "\(Gallery.Description.schemaVersion); train it anew")
        }
        guard try description.checksum == description.digest else {
            throw damaged(folder, "\(descriptionName) is changed")
        }
        guard description.isSound else { throw damaged(folder, "\(descriptionName) contradicts itself") }
        var parts: [String: Data] = [:]
        for (name, expected) in description.files {
            guard let data = try? BoundedFile.read(place.appending(path: name), limit: maxPart),
                FileDigest.sha256(of: data) == expected
            else { throw damaged(folder, "\(name) is missing, cut short or changed") }
            parts[name] = data
        }
        return try gallery(description, parts, folder)
    }

    private static func gallery(
        _ description: Gallery.Description, _ parts: [String: Data], _ folder: URL
    ) throws -> Gallery {
        var gallery = Gallery(description: description, samples: [], svm: nil)
        // Nobody: what `visage forget` leaves when it was the last person.
        if !description.people.isEmpty {
            guard
                let samples = parts[embeddingsName].flatMap({
                    EmbeddingsFile.decode($0, people: description.people.count)
                }),
                Gallery.Sample.areSound(samples, for: description)
            else { throw damaged(folder, "\(embeddingsName) does not hold what it should") }
            gallery.samples = samples
        }
        if let data = parts[othersName] {
            guard let others = EmbeddingsFile.decode(data, people: description.people.count),
                others.allSatisfy({ $0.embedding.dimension == gallery.samples.first?.embedding.dimension })
            else { throw damaged(folder, "\(othersName) does not hold what it should") }
            gallery.others = others
        }
        if description.matching == .svm, description.people.count > 1 {
            guard let data = parts[svmName] else { throw damaged(folder, "\(svmName) is missing") }
            do {
                gallery.svm = try SupportVectorMachine(
                    data, people: description.people.count,
                    dimension: gallery.samples.first?.embedding.dimension ?? 0, photos: gallery.samples.count)
            } catch let error as VisageError {
                throw damaged(folder, "\(svmName) is not a model of these people: \(error.cause ?? error.message)")
            }
        }
        if let expected = description.embedder.head {
            guard let head = try? parts[headName].map(HeadFile.init(parsing:)), head.digest == expected else {
                throw damaged(folder, "\(headName) is missing or another one")
            }
            gallery.head = head
        }
        return gallery
    }

    private static func damaged(_ folder: URL, _ detail: String) -> VisageError {
        VisageError(.gallery, "The gallery \(folder.path) is damaged: \(detail); train it anew with `visage train`")
    }

    /// Refuses a folder that `write` must not replace, which has something in it and is not a gallery, and one that it
    /// cannot make.
    /// - Throws: `VisageError` (unwritable).
    public static func checkOutput(_ folder: URL) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) {
            let content = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            guard isFolder.boolValue, content.isEmpty || content.contains(descriptionName) else {
                throw VisageError(
                    .unwritable, "\(folder.path) is not a gallery and will not be replaced; name another folder")
            }
        }
        try OutputPlace.check(beside: folder)
    }

    /// Trains the SVM, writes everything beside `folder` and puts it in its place in one step: whoever reads sees
    /// the old gallery or the new one, never a mixture. When this returns, the new one survives a power cut, and nothing
    /// of the old one does.
    /// - Throws: `VisageError` (unwritable), with `folder` untouched unless the disk failed in the last step.
    public static func write(_ gallery: Gallery, to folder: URL) throws {
        try checkOutput(folder)
        let unfinished = UnfinishedGallery(of: folder)
        try unfinished.make()
        do {
            try write(gallery, to: folder, beside: unfinished.url)
        } catch {
            try? unfinished.remove()
            throw error
        }
        // After the exchange this holds the old gallery.
        try unfinished.remove()
    }

    private static func write(_ gallery: Gallery, to folder: URL, beside: URL) throws {
        var description = gallery.description
        description.files = [:]
        if !gallery.people.isEmpty {
            let embeddings = beside.appending(path: embeddingsName)
            try DurableFile.write(EmbeddingsFile.encode(gallery.samples), to: embeddings)
            description.files[embeddingsName] = try FileDigest.sha256(of: embeddings)
        }
        if !gallery.others.isEmpty {
            let others = beside.appending(path: othersName)
            try DurableFile.write(EmbeddingsFile.encode(gallery.others), to: others)
            description.files[othersName] = try FileDigest.sha256(of: others)
        }
        if description.matching == .svm, gallery.people.count > 1 {
            let svm = beside.appending(path: svmName)
            // Made first, so that libsvm never writes into a file that others may read.
            try DurableFile.write(Data(), to: svm)
            try SupportVectorMachine.train(gallery.samples.map { ($0.person, $0.embedding) }, file: svm)
            try DurableFile.sync(svm)
            description.files[svmName] = try FileDigest.sha256(of: svm)
        }
        if let head = gallery.head {
            try head.write(to: beside.appending(path: headName))
            description.files[headName] = try FileDigest.sha256(of: beside.appending(path: headName))
        }
        description.checksum = try description.digest
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(encoder.encode(description), to: beside.appending(path: descriptionName))
        try DurableFile.syncFolder(beside)
        if FileManager.default.fileExists(atPath: folder.path) {
            try DurableFile.exchange(beside, folder)
        } else {
            try DurableFile.rename(beside, to: folder)
        }
    }
}
