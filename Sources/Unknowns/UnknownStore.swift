import FleetStorage
import Foundation
import Imaging
import Recognition
import Storage
import VisageCore

/// The folder of unknown people: for each a folder named for the id with `person.json` and `view-<n>.jpg`, and a file
/// `numbers` that says which were given. Mode 0700 and 0600. The daemon alone writes into a person's folder; others may
/// only take it away, whole, by renaming it.
public struct UnknownStore: Sendable {
    /// What was found.
    public struct Content: Sendable {
        public var people: [UnknownPerson] = []
        /// Folders that are left out, each with the reason.
        public var leftOut: [(folder: URL, reason: String)] = []
        /// How many numbers this machine may have given: the highest count.
        public var highest = 0
        /// Whether the file with the numbers that were given is there and cannot be read.
        var lacksNumbers = false

        fileprivate mutating func take(_ number: Int, _ machine: Int) {
            guard machine == 0 || [0, machine].contains(UnknownNumber.machine(of: number)) else { return }
            highest = max(highest, UnknownNumber.count(of: number))
        }
    }

    /// A person's folder does not exist any more: another process has removed it.
    struct Gone: Error {}

    static let personFile = "person.json"
    private static let numbersFile = "numbers"
    /// Maximum size of a record in bytes, many times the usual size.
    private static let maxRecord = 4 << 20
    /// Maximum size of a picture in pixels: more would not show more of a face that is scaled to 160 pixels.
    private static let longestSide = 1024

    public let folder: URL
    private let scaler = Scaler()

    public init(_ folder: URL) { self.folder = folder }

    private var folders: PersonFolders { PersonFolders(folder) }

    public func place(of number: Int) -> URL { folders.place(of: number) }

    /// Whether something is kept, be it readable or not, or left of a removal that was cut short.
    public func keeps(_ number: Int) -> Bool {
        [place(of: number), folders.aside(number)].contains { !Self.isAbsent($0) }
    }

    /// Finishes removals that were cut short, as the daemon does at its start.
    /// - Throws: `VisageError` (unreadable, unwritable).
    func finishRemovals() throws {
        for name in try names() where name.hasPrefix(".unknown-") && name.hasSuffix(".gone") {
            try folders.clear(folder.appending(path: name, directoryHint: .isDirectory))
        }
    }

    private static func isAbsent(_ place: URL) -> Bool { PersonFolders.isAbsent(place) }

    /// Makes the folder if need be.
    /// - Throws: `VisageError` (unwritable).
    func prepare() throws {
        let failure =
            "The folder \(folder.path) for unknown people cannot be used: give it to the user that visaged runs as"
        do {
            try DurableFile.makeFolder(folder, mode: 0o700)
        } catch let error as VisageError {
            throw VisageError(.unwritable, failure, cause: error.cause)
        }
        guard chmod(folder.path, 0o700) == 0 else {
            throw VisageError(.unwritable, failure, cause: String(cString: strerror(errno)))
        }
    }

    /// Reads all people. In a fleet, those who were seen before the machine joined it get ids that are unique there; the
    /// ones before stay known as others of the same people. Damaged entries are left out, and so are those that a newer version of Visage has written.
    /// - Parameter machine: the number of this machine in the fleet; 0 without one.
    /// - Throws: `VisageError` (unreadable) if the folder cannot be read; a missing folder counts as empty.
    public func load(machine: Int = 0) throws -> Content {
        var content = Content()
        for name in try names() {
            guard let number = UnknownPerson.number(of: name) else {
                if UnknownNumber.isID(name) {
                    let place = folder.appending(path: name, directoryHint: .isDirectory)
                    content.leftOut.append((place, "no unknown person has such a number; remove it by hand"))
                }
                continue
            }
            content.take(number, machine)
            let place = place(of: number)
            do {
                let person = try read(number)
                content.people.append(person)
                for other in person.also { content.take(other, machine) }
            } catch is Gone {
                continue
            } catch {
                content.leftOut.append((place, "\(error)"))
            }
        }
        content.people.sort { $0.number < $1.number }
        let given = given
        content.highest = max(content.highest, given ?? 0)
        content.lacksNumbers = given == nil
        return content
    }

    /// Everything in the folder that may be a person; empty if there is no such folder.
    /// - Throws: `VisageError` (unreadable) if it cannot be told what is in it.
    func names() throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        } catch {
            // Only a folder that does not exist is empty: of one that cannot be read, everybody would be forgotten.
            if Self.isAbsent(folder) { return [] }
            throw VisageError(
                .unreadable,
                "The folder \(folder.path) of unknown people cannot be read: check its owner, its permissions and its disk",
                cause: error.systemReason)
        }
    }

    private func read(_ number: Int) throws -> UnknownPerson {
        let file = place(of: number).appending(path: Self.personFile)
        struct Format: Decodable { let schema: Int }
        let data: Data
        do {
            data = try BoundedFile.read(file, limit: Self.maxRecord)
        } catch let error as VisageError {
            if Self.isAbsent(place(of: number)) { throw Gone() }
            throw VisageError(.unreadable, "\(Self.personFile) cannot be read", cause: error.cause)
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let format = try? decoder.decode(Format.self, from: data) else {
            throw VisageError(.unreadable, "\(Self.personFile) is damaged")
        }
        guard (1...UnknownPerson.schemaVersion).contains(format.schema) else {
            throw VisageError(
                .unreadable, "it has format \(format.schema), this program reads \(UnknownPerson.schemaVersion)")
        }
        guard let person = try? decoder.decode(UnknownPerson.self, from: data), person.isSound,
            let renamed = person.renamed(number)
        else { throw VisageError(.unreadable, "\(Self.personFile) is damaged") }
        return renamed.upgraded().trimmed()
    }

    /// The pictures of a person that are kept now, as JPEG files. A running daemon may replace a picture between reading
    /// the record and reading the picture; then both are read again.
    /// - Parameter person: as it was read, perhaps some time ago
    /// - Throws: `VisageError` (unreadable) for a record that cannot be read.
    package func views(of person: UnknownPerson) throws -> [(file: String, picture: Data)] {
        var person = person
        while true {
            let place = place(of: person.number)
            let found = person.views.map { view in
                (file: view.file, picture: try? Photo.read(place.appending(path: view.file)))
            }
            let pictures = found.compactMap { view in view.picture.map { (view.file, $0) } }
            if pictures.count == found.count { return pictures }
            let now: UnknownPerson
            do { now = try read(person.number) } catch is Gone { return [] }
            // Missing for good: somebody removed the picture by hand.
            if now.views == person.views { return pictures }
            person = now
        }
    }

    /// Writes a person with the views that are new, and removes files that are no longer the person's. A reader
    /// sees the state before or after.
    /// - Parameter isNew: whether the folder is to be made
    /// - Throws: `Gone`, or `VisageError` (unwritable, engine).
    func write(_ person: UnknownPerson, pictures: [String: PixelBuffer], isNew: Bool) throws {
        let final = place(of: person.number)
        let place =
            isNew ? folder.appending(path: ".\(person.id).new", directoryHint: .isDirectory) : final
        if isNew {
            try? FileManager.default.removeItem(at: place)
            guard mkdir(place.path, 0o700) == 0 else { throw unwritable(place) }
        } else if Self.isAbsent(place) {
            throw Gone()
        }
        for (file, picture) in pictures.sorted(by: { $0.key < $1.key }) {
            let bytes = try Photo.encode(picture, as: .jpeg, quality: 95, size: Self.size(picture), scaler: scaler)
            try write(Data(bytes), to: place.appending(path: file))
        }
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try write(encoder.encode(person), to: place.appending(path: Self.personFile))
        do {
            try DurableFile.syncFolder(place)
            if isNew { try DurableFile.rename(place, to: final) }
            try removeStrayFiles(of: person)
        } catch {
            throw Self.isAbsent(isNew ? place : final) && Self.isAbsent(final) ? Gone() : error
        }
    }

    private func write(_ data: Data, to file: URL) throws {
        let beside = file.appendingPathExtension("part")
        do {
            try DurableFile.write(data, to: beside)
            guard rename(beside.path, file.path) == 0 else { throw unwritable(file) }
        } catch {
            // Another process may have removed the person's folder in the meantime.
            throw Self.isAbsent(file.deletingLastPathComponent()) ? Gone() : error
        }
    }

    private static func size(_ picture: PixelBuffer) -> (width: Int, height: Int)? {
        let longest = max(picture.width, picture.height)
        guard longest > longestSide else { return nil }
        return (picture.width * longestSide / longest & ~1, picture.height * longestSide / longest & ~1)
    }

    /// Files that belong to no view: replaced ones, and those that a crash has left.
    func removeStrayFiles(of person: UnknownPerson) throws {
        let place = place(of: person.number)
        let known = Set(person.views.map(\.file) + [Self.personFile])
        let files = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        for file in files where !known.contains(file) {
            unlink(place.appending(path: file).path)
        }
    }

    func move(_ move: UnknownMemory.Move) {
        let from = place(of: move.from.number).appending(path: move.from.file)
        // The record that names the new file is written next, and its folder synced then.
        _ = rename(from.path, place(of: move.to.number).appending(path: move.to.file).path)
    }

    /// Removes a person. It is gone in one step, whatever of the rest takes longer.
    /// - Throws: `VisageError` (unwritable).
    public func remove(_ number: Int) throws { try folders.remove(number) }

    /// Removes what interrupted removals and additions have left.
    func removeRemains() {
        for name in (try? names()) ?? [] where name.hasPrefix(".unknown-") {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    /// The highest number that may have been given, as the file says; 0 without it, nil if it says no such number.
    var given: Int? {
        do {
            let data = try BoundedFile.read(folder.appending(path: Self.numbersFile), limit: 64)
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            return text == "0"
                ? 0 : UnknownNumber.positive(text[...]).flatMap { $0 <= UnknownNumber.maxCount ? $0 : nil }
        } catch {
            return (error as? VisageError)?.code == .notFound ? 0 : nil
        }
    }

    /// - Throws: `VisageError` (unwritable).
    func setGiven(_ number: Int) throws {
        try DurableFile.replace(Data("\(number)\n".utf8), at: folder.appending(path: Self.numbersFile))
    }

    /// Bytes of each person's views and of the rest.
    func sizes() -> [Int: (views: Int64, rest: Int64)] {
        var sizes: [Int: (views: Int64, rest: Int64)] = [:]
        for name in (try? names()) ?? [] {
            guard let number = UnknownPerson.number(of: name) else { continue }
            var size: (views: Int64, rest: Int64) = (0, 0)
            let place = place(of: number)
            for file in (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? [] {
                var status = stat()
                guard lstat(place.appending(path: file).path, &status) == 0 else { continue }
                // As blocks of 4 KiB, which is what most file systems give.
                let bytes = (Int64(status.st_size) + 4095) / 4096 * 4096
                if MemoryEntry.viewNumber(file) != nil { size.views += bytes } else { size.rest += bytes }
            }
            sizes[number] = size
        }
        return sizes
    }

    private func unwritable(_ place: URL) -> VisageError {
        VisageError(.unwritable, "\(place.path) cannot be written", cause: String(cString: strerror(errno)))
    }
}
