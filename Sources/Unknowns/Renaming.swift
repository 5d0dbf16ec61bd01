import Foundation
import Recognition
import Storage
import VisageCore

/// Gives a person of the gallery another name. First the folder of photos, in one step, then the gallery; who is killed in
/// between runs the same command again.
public struct Renaming {
    private let name: String
    private let new: String
    private let update: GalleryUpdate

    /// - Throws: `VisageError` (usage, notFound) for a name that nobody can have, one that somebody has, and somebody who
    ///   is not there.
    public init(_ name: String, to new: String, update: GalleryUpdate) throws {
        try PersonName.check(new)
        (self.name, self.new, self.update) = (name, new, update)
        guard name != new else { throw VisageError(.usage, "\(name) has this name already") }
        let isBegun = try isBegun
        let names = Set((update.gallery?.people ?? []) + update.faces.people.map(\.name))
        guard names.contains(name) else { throw VisageError(.notFound, "There is nobody called \(name)") }
        guard try isBegun || !names.contains(new) && update.faces.places(of: new).isEmpty else {
            throw VisageError(
                .usage,
                "There is a \(new) already: to make two people one, move the photos with `visage people move`")
        }
        guard try isBegun || update.faces.places(of: name).count == 1 else {
            throw VisageError(
                .usage, "\(update.faces.folder.path) has no folder, or several, of the name \(name): rename it by hand")
        }
        if let gone = update.strangersGone {
            throw VisageError(
                .notFound, "The strangers the gallery was calibrated with are gone: \(gone). Name others by --strangers"
            )
        }
    }

    /// Whether the folder has the new name, and the gallery does not know it yet.
    private var isBegun: Bool {
        get throws {
            try update.faces.places(of: name).isEmpty && !update.faces.places(of: new).isEmpty
                && update.gallery?.people.contains(name) ?? false && !(update.gallery?.people.contains(new) ?? false)
        }
    }

    /// - Returns: what came of the training.
    /// - Throws: `VisageError`; nothing has changed then.
    public func run() throws -> GalleryUpdate.Result {
        defer { withExtendedLifetime(update.lock) {} }
        let result = try update.train(update.faces.renaming(name, to: new), without: name)
        guard result.training.gallery.people.contains(new) else {
            throw VisageError(.gallery, "None of the photos of \(name) can be used")
        }
        let old = try update.faces.places(of: name).first
        let place = update.faces.folder.appending(path: new, directoryHint: .isDirectory)
        if let old { try DurableFile.rename(old, to: place) }
        do {
            try GalleryFile.write(result.training.gallery, to: update.folder)
        } catch {
            if let old { try? DurableFile.rename(place, to: old) }
            throw error
        }
        return result
    }
}
