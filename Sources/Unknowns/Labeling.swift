import Foundation
import Imaging
import Recognition
import Storage
import VisageCore

/// Gives unknown people a name: their views become photos to learn from, the gallery is trained anew, and the unknown
/// people are forgotten.
///
/// All that can fail comes before anything is changed. Then, in this order: photos into their place, gallery, unknown
/// people. Who is killed in between leaves everything that the same command needs to come to its end the next time.
public struct Labeling {
    private let people: [UnknownPerson]
    private let name: String
    private let store: UnknownStore
    private let update: GalleryUpdate
    /// Where the photos go.
    private let place: URL
    private let announce: ([UnknownPerson]) throws -> Void

    /// What came of it.
    public struct Report: Sendable {
        /// Photos that were added.
        public let photos: Int
        /// Views that training could not use, each with the reason; they are not kept.
        public let leftOut: [(view: String, reason: String)]
        public let training: Trainer.Report
        /// Photos of others that can no longer be used.
        public let lost: [Trainer.LeftOut]
    }

    /// - Parameter announce: told of the unknown people just before they are removed.
    /// - Throws: `VisageError`: usage for a name that nobody can have, notFound if the gallery's strangers are gone,
    ///   unreadable.
    public init(
        _ people: [UnknownPerson], as name: String, store: UnknownStore, update: GalleryUpdate,
        announce: @escaping ([UnknownPerson]) throws -> Void = { _ in }
    ) throws {
        try PersonName.check(name)
        if let gone = update.strangersGone {
            throw VisageError(
                .notFound, "The strangers the gallery was calibrated with are gone: \(gone). Name others by --strangers"
            )
        }
        place =
            try update.faces.places(of: name).first
            ?? update.faces.folder.appending(path: name, directoryHint: .isDirectory)
        self.people = people
        self.name = name
        self.store = store
        self.update = update
        self.announce = announce
    }

    /// - Throws: `VisageError`; nothing has changed then.
    public func run() throws -> Report {
        defer { withExtendedLifetime(update.lock) {} }
        let hidden = try FacesLock.makeHidden(in: update.faces.folder)
        defer { try? FileManager.default.removeItem(at: hidden) }
        let photos = try stage(in: hidden)
        guard !photos.isEmpty else {
            throw VisageError(
                .notFound,
                "No picture of \(people.map(\.id).joined(separator: " and ")) is kept: there is nothing to learn from")
        }
        let result = try update.train(update.faces.adding(photos.filter { $0.isStaged }.map(\.file), to: name))
        let training = result.training
        let reasons = Dictionary(
            training.leftOut.map { ($0.photo.path, $0.reason) }, uniquingKeysWith: { one, _ in one })
        let usable = photos.filter { reasons[$0.file.path] == nil }
        guard !usable.isEmpty else {
            let reason = photos.first.flatMap { reasons[$0.file.path] } ?? "unreadable"
            throw VisageError(
                .gallery, "None of the \(photos.count) pictures can be used to learn from; the first: \(reason)")
        }
        let moved = try move(usable.filter(\.isStaged).map(\.file))
        do {
            try GalleryFile.write(training.gallery, to: update.folder)
        } catch {
            for photo in moved { unlink(photo.path) }
            // Only if it was made for this: it is empty then.
            rmdir(place.path)
            throw error
        }
        try announce(people)
        for person in people { try store.remove(person.number) }
        return Report(
            photos: usable.count,
            leftOut: photos.compactMap { photo in
                reasons[photo.file.path].map { (photo.file.lastPathComponent, $0) }
            }, training: training, lost: result.lost.filter { lost in !photos.contains { $0.file == lost.photo } })
    }

    /// Copies the views into a folder beside the people's; those that a killed command has moved already stay.
    private func stage(in hidden: URL) throws -> [(file: URL, isStaged: Bool)] {
        var photos: [(file: URL, isStaged: Bool)] = []
        for person in people {
            for view in try store.views(of: person) {
                let file = "\(person.id)-\(view.file)"
                let final = place.appending(path: file)
                if (try? Photo.read(final)) == view.picture {
                    photos.append((final, false))
                } else {
                    try DurableFile.replace(view.picture, at: hidden.appending(path: file))
                    photos.append((hidden.appending(path: file), true))
                }
            }
        }
        return photos
    }

    private func move(_ photos: [URL]) throws -> [URL] {
        if !photos.isEmpty { try DurableFile.makeFolder(place, mode: 0o700) }
        var moved: [URL] = []
        for photo in photos {
            let target = place.appending(path: photo.lastPathComponent)
            do {
                try DurableFile.rename(photo, to: target)
            } catch {
                for photo in moved { unlink(photo.path) }
                throw error
            }
            moved.append(target)
        }
        return moved
    }
}
