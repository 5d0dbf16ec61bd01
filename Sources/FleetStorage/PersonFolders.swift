import Foundation
import Storage
import VisageCore

/// The folders of unknown people, one for each, named for the id. The daemon alone writes into them; others may only take one
/// away, whole.
public struct PersonFolders: Sendable {
    public let folder: URL

    public init(_ folder: URL) { self.folder = folder }

    public func place(of number: Int) -> URL {
        folder.appending(path: UnknownNumber.id(number), directoryHint: .isDirectory)
    }

    /// The folder's name while a person is being removed.
    public func aside(_ number: Int) -> URL {
        folder.appending(path: ".\(UnknownNumber.id(number)).gone", directoryHint: .isDirectory)
    }

    /// Whether there is certainly nothing at `place`. A place that cannot be looked at, because a folder above it is
    /// unreadable or its disk does not answer, may well hold something.
    public static func isAbsent(_ place: URL) -> Bool {
        var status = stat()
        return lstat(place.path, &status) != 0 && errno == ENOENT
    }

    /// Removes a person. It is gone in one step, whatever of the rest takes longer.
    /// - Throws: `VisageError` (unwritable).
    public func remove(_ number: Int) throws {
        let (place, aside) = (place(of: number), aside(number))
        try clear(aside)
        if !Self.isAbsent(place) { try DurableFile.rename(place, to: aside) }
        try clear(aside)
    }

    /// Removes what a removal has put aside.
    /// - Throws: `VisageError` (unwritable).
    public func clear(_ aside: URL) throws {
        do {
            try DurableFile.remove(aside)
        } catch let error as VisageError {
            throw VisageError(error.code, "\(error.message): remove it by hand", cause: error.cause)
        }
    }
}
