import Foundation
import Imaging
import Recognition
import Storage
import VisageCore

/// Changes the photos that a gallery is trained from, and trains it anew: photos are added, moved to another person, removed,
/// or kept as photos of others who were taken for somebody.
///
/// All that can fail comes before anything is changed. Then, in this order: new photos into their place, gallery, removal
/// of photos. A command that is killed in between leaves nothing that the same command does not bring to its end.
public struct PhotoChange {
    /// Where a photo goes.
    public enum Place: Sendable, Equatable {
        case person(String)
        /// Among the photos of others who were taken for this person.
        case takenFor(String)

        var person: String {
            switch self {
            case .person(let name), .takenFor(let name): name
            }
        }
    }

    /// A photo that is new there.
    public struct Addition: Sendable {
        /// A file of any name in any place.
        public let source: String
        /// Of a picture file.
        public let content: Data
        public let place: Place

        public init(source: String, content: Data, place: Place) {
            (self.source, self.content, self.place) = (source, content, place)
        }
    }

    /// What came of it.
    public struct Report: Sendable {
        /// With the place of each.
        public let added: [URL]
        /// Photos that were to be added and cannot be used, each with the reason.
        public let refused: [(source: String, reason: String)]
        public let removed: [URL]
        public let training: Trainer.Report
        /// Photos of others that can no longer be used.
        public let lost: [Trainer.LeftOut]
    }

    private let update: GalleryUpdate
    private let additions: [Addition]
    private let removals: Set<URL>
    private let owner: String?

    /// - Parameters:
    ///   - removals: photos of `owner`, or of others who were taken for `owner`.
    /// - Throws: `VisageError` (usage, notFound) for a name that nobody can have, or photos that are not there.
    public init(
        adding additions: [Addition], removing removals: Set<URL> = [], of owner: String? = nil, update: GalleryUpdate
    ) throws {
        for name in Set(additions.map(\.place.person)) { try PersonName.check(name) }
        for case .takenFor(let name) in additions.map(\.place) {
            guard update.gallery?.people.contains(name) ?? false,
                update.faces.people.contains(where: { $0.name == name })
            else { throw VisageError(.notFound, "There is nobody called \(name) in the gallery") }
        }
        if let owner {
            let person = update.faces.people.first { $0.name == owner }
            let known = Set((person?.photos ?? []) + (person?.others ?? []))
            if let first = removals.subtracting(known).map(\.path).min() {
                throw VisageError(.notFound, "\(first) is not among the photos of \(owner)")
            }
        }
        if let gone = update.strangersGone {
            throw VisageError(
                .notFound, "The strangers the gallery was calibrated with are gone: \(gone). Name others by --strangers"
            )
        }
        (self.update, self.additions, self.removals, self.owner) = (update, additions, removals, owner)
    }

    /// - Throws: `VisageError`; nothing has changed then.
    public func run() throws -> Report {
        defer { withExtendedLifetime(update.lock) {} }
        let hidden = try FacesLock.makeHidden(in: update.faces.folder)
        defer { try? FileManager.default.removeItem(at: hidden) }
        let staged = try stage(in: hidden)
        let (faces, leaving) = try plan(staged)
        let result = try update.train(faces, without: leaving)
        let reasons = Dictionary(
            result.training.leftOut.map { ($0.photo.path, $0.reason) }, uniquingKeysWith: { one, _ in one })
        let usable = staged.filter { reasons[$0.file.path] == nil }
        let refused = staged.compactMap { photo in reasons[photo.file.path].map { (photo.addition.source, $0) } }
        // What is moved is not lost on the way.
        if let first = refused.first, usable.isEmpty || !removals.isEmpty {
            throw VisageError(.gallery, "\(first.0) cannot be used: \(first.1)")
        }
        let moved = try move(usable)
        do {
            try GalleryFile.write(result.training.gallery, to: update.folder)
        } catch {
            undo(moved)
            throw error
        }
        try remove(by: hidden, leaving: leaving)
        let finals = Dictionary(uniqueKeysWithValues: staged.map { ($0.file, $0.final) })
        var training = result.training
        for index in training.doubtful.indices {
            let doubt = training.doubtful[index]
            training.doubtful[index].photo = finals[doubt.photo] ?? doubt.photo
            training.doubtful[index].other = finals[doubt.other] ?? doubt.other
        }
        return Report(
            added: moved, refused: refused, removed: removals.sorted { $0.path < $1.path }, training: training,
            lost: result.lost.filter { finals[$0.photo] == nil })
    }

    private typealias Staged = (addition: Addition, file: URL, final: URL)

    /// Writes the new photos into a folder beside the people's, each named for its content, so that a photo that comes twice
    /// is there once.
    private func stage(in hidden: URL) throws -> [Staged] {
        try additions.enumerated().compactMap { index, addition -> Staged? in
            let name = "photo-\(FileDigest.sha256(of: addition.content).prefix(16)).\(Self.kind(addition.source))"
            let final = try folder(of: addition.place).appending(path: name)
            guard access(final.path, F_OK) != 0 else { return nil }
            // A file that is a copy of another in one training would be left out.
            let file = hidden.appending(path: "\(index)-\(name)")
            try DurableFile.replace(addition.content, at: file)
            return (addition, file, final)
        }
    }

    private static func kind(_ source: String) -> String {
        let kind = URL(filePath: source).pathExtension.lowercased()
        return ["png", "webp", "tif", "tiff", "bmp", "ppm", "pgm"].contains(kind) ? kind : "jpg"
    }

    private func folder(of place: Place) throws -> URL {
        let own =
            try update.faces.places(of: place.person).first
            ?? update.faces.folder.appending(path: place.person, directoryHint: .isDirectory)
        guard case .takenFor = place else { return own }
        return own.appending(path: FacesFolder.othersName, directoryHint: .isDirectory)
    }

    /// The faces as they will be, and who will be in them no more.
    private func plan(_ staged: [Staged]) throws -> (FacesFolder, leaving: String?) {
        var faces = update.faces
        for photo in staged {
            switch photo.addition.place {
            case .person(let name): faces = faces.adding([photo.file], to: name)
            case .takenFor(let name): faces = faces.adding(others: [photo.file], to: name)
            }
        }
        guard let owner, !removals.isEmpty else { return (faces, nil) }
        faces = faces.removing(photos: removals, of: owner)
        guard !faces.people.contains(where: { $0.name == owner }) else { return (faces, nil) }
        guard !additions.isEmpty else {
            throw VisageError(
                .usage,
                "No photo of \(owner) would be left: remove the person with `visage forget`, or add another photo first"
            )
        }
        return (faces, owner)
    }

    private func move(_ photos: [Staged]) throws -> [URL] {
        var moved: [URL] = []
        for photo in photos {
            do {
                try DurableFile.makeFolder(photo.final.deletingLastPathComponent(), mode: 0o700)
                try DurableFile.rename(photo.file, to: photo.final)
            } catch {
                undo(moved)
                throw error
            }
            moved.append(photo.final)
        }
        return moved
    }

    private func undo(_ moved: [URL]) {
        for photo in moved {
            unlink(photo.path)
            // Only those that were made for it are empty.
            let folder = photo.deletingLastPathComponent()
            rmdir(folder.path)
            if folder.lastPathComponent == FacesFolder.othersName { rmdir(folder.deletingLastPathComponent().path) }
        }
    }

    private func remove(by hidden: URL, leaving: String?) throws {
        for photo in removals {
            try DurableFile.remove(photo)
            let folder = photo.deletingLastPathComponent()
            // Only when it is empty.
            if folder.lastPathComponent == FacesFolder.othersName { rmdir(folder.path) }
        }
        guard let leaving else { return }
        for place in try update.faces.places(of: leaving) {
            try DurableFile.rename(place, to: hidden.appending(path: place.lastPathComponent))
        }
    }
}
