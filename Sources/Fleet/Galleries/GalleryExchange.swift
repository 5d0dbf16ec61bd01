import Crypto
import FleetStorage
import Foundation
import Logging
import Storage
import VisageCore

/// Publishes this machine's gallery, if it is told to, and takes over the one that an editor has published. For one thread.
package final class GalleryExchange {
    /// The subject of what says which gallery is the present one.
    package static let pointer = "gallery.current"

    /// What is remembered over restarts.
    private struct Memory: Codable {
        /// Of the newest gallery that was seen.
        var version = 0
        /// Of what this machine has published last; the gallery is not published again until it is another.
        var published: String?
        /// Pieces that may be in each slot of this machine.
        var pieces = [0, 0]
        var slot = 1
    }

    /// Whether galleries are published and taken over; if not, only the checksum is known.
    package let isShared: Bool
    private let machine: String
    private let key: NKey
    private let configured: [String]
    private let folder: GalleryFolder
    private let request: PublishRequest
    private let file: URL
    private let isPublisher: Bool
    private let logger: Logger
    private var editors: Set<String>
    private var memory: Memory
    private var stamp: String??
    private var waiting: GalleryPointer?
    private var failures = 0
    private var nextTry = MonotonicTime(nanoseconds: 0)
    /// Of the gallery in use; nil while there is none.
    package private(set) var checksum: String?

    package init(_ settings: FleetSettings, key: NKey, program: String, logger: Logger) {
        isShared = settings.fleet.share.contains(.galleries)
        machine = settings.machine
        self.key = key
        configured = settings.fleet.editors
        editors = Set(configured)
        folder = GalleryFolder(
            url: URL(filePath: settings.configuration.gallery, directoryHint: .isDirectory).standardizedFileURL,
            program: program)
        request = PublishRequest(state: settings.fleet.state)
        file = settings.state.appending(path: "gallery.json")
        isPublisher = settings.fleet.publishGallery
        self.logger = logger
        memory =
            (try? BoundedFile.read(file, limit: 64 << 10)).flatMap { try? JSONDecoder().decode(Memory.self, from: $0) }
            ?? Memory()
        memory.pieces = Array((memory.pieces + [0, 0]).prefix(2)).map { max(0, min(GalleryPointer.maxPieces, $0)) }
    }

    package func set(_ list: MachineList) {
        editors = Set(configured).union(list.machines.filter(\.isEditor).map(\.key))
    }

    /// Looks at the gallery on disk.
    package func look() {
        let now = folder.stamp()
        guard stamp != .some(now) else { return }
        stamp = .some(now)
        checksum = folder.checksum()
    }

    private func save() throws { try DurableFile.replace(JSONEncoder().encode(memory), at: file) }

    // MARK: Publishing

    /// Publishes the gallery if somebody has asked for it, or if it is to be published when it changes and has changed.
    /// - Throws: `VisageError`.
    package func publish(_ connection: FleetConnection) throws {
        guard isShared else { return }
        let isAsked = request.isWaiting
        guard isAsked || (isPublisher && checksum != nil && checksum != memory.published) else { return }
        guard editors.contains(key.publicKey) else {
            let reason = "this machine is no editor of the fleet: enroll it with --editor \(machine)"
            if isAsked { try request.answer("The gallery is not published: \(reason)") }
            if isPublisher, failures == 0 { logger.error("The gallery is not published: \(reason)") }
            failures += 1
            return
        }
        do {
            let pointer = try upload(connection)
            if isAsked { try request.answer(nil, version: pointer.version) }
            logger.notice("Gallery \(pointer.version) was published: \(pointer.size) bytes")
        } catch let error as VisageError where error.code != .source {
            if isAsked { try request.answer("\(error)") }
            // The same again would fail in the same way.
            if isPublisher { memory.published = checksum }
            logger.error("\(error)")
        }
    }

    private func upload(_ connection: FleetConnection) throws -> GalleryPointer {
        let files = try folder.read()
        struct Description: Decodable { let checksum: String }
        guard let json = files.first(where: { $0.name == "gallery.json" })?.data,
            let description = try? JSONDecoder().decode(Description.self, from: json)
        else { throw VisageError(.gallery, "The gallery \(folder.url.path) cannot be read") }
        let whole = files.reduce(into: Data()) { $0.append($1.data) }
        let pieces = stride(from: 0, to: whole.count, by: GalleryPointer.pieceSize).map {
            whole[$0..<min(whole.count, $0 + GalleryPointer.pieceSize)]
        }
        let newest = try current(connection)?.version ?? 0
        let slot = 1 - memory.slot
        memory.pieces[slot] = max(memory.pieces[slot], pieces.count)
        try save()
        for (index, piece) in pieces.enumerated() {
            try connection.put(GalleryPointer.subject(of: index, machine, slot), Data(piece))
        }
        let pointer = GalleryPointer(
            version: max(newest, memory.version) + 1, machine: machine, slot: slot,
            time: Int(Date().timeIntervalSince1970), checksum: description.checksum,
            files: files.map { .init(name: $0.name, size: $0.data.count) }, pieces: pieces.map(Self.digest))
        let document = try SignedDocument(pointer, purpose: GalleryPointer.purpose, by: key)
        try connection.put(Self.pointer, JSONEncoder().encode(document))
        (memory.slot, memory.version, memory.published) = (slot, pointer.version, description.checksum)
        try save()
        try wipe(connection, besides: pieces.count)
        return pointer
    }

    /// Whoever is no longer in the gallery is no longer with the brokers either.
    private func wipe(_ connection: FleetConnection, besides count: Int) throws {
        for slot in 0...1 {
            let kept = slot == memory.slot ? count : 0
            guard kept < memory.pieces[slot] else { continue }
            for index in kept..<memory.pieces[slot] {
                try connection.put(GalleryPointer.subject(of: index, machine, slot), Data())
            }
            memory.pieces[slot] = kept
        }
        try save()
    }

    private func current(_ connection: FleetConnection) throws -> GalleryPointer? {
        try connection.newest(Self.pointer, in: FleetStream.gallery.name).flatMap { read($0.payload) }
    }

    private static func digest(_ data: Data) -> String {
        SHA256.hash(data: data).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    // MARK: Taking over

    private func read(_ payload: Data) -> GalleryPointer? {
        guard payload.count <= GalleryPointer.maxBytes,
            let document = try? JSONDecoder().decode(SignedDocument.self, from: payload),
            let pointer = document.content(
                as: GalleryPointer.self, purpose: GalleryPointer.purpose, from: editors), pointer.isSound
        else { return nil }
        return pointer
    }

    /// Hears which gallery is the present one.
    package func take(_ payload: Data) {
        guard let pointer = read(payload), pointer.version > memory.version, pointer.version > waiting?.version ?? 0
        else { return }
        (waiting, failures, nextTry) = (pointer, 0, .now)
    }

    /// Fetches the gallery that was heard of, and puts it in place of the one in use.
    /// - Throws: `VisageError` (source) if the brokers do not give it.
    package func takeOver(_ connection: FleetConnection) throws {
        guard let pointer = waiting, MonotonicTime.now >= nextTry else { return }
        guard pointer.machine != machine, !isPublisher, pointer.checksum != folder.checksum() else {
            return try finish(pointer)
        }
        guard let files = try fetch(pointer, connection) else {
            // Another one is being published; its pointer comes.
            failures += 1
            nextTry = .now + .seconds(min(60, failures))
            return
        }
        do {
            try folder.replace(by: files)
            logger.notice("Gallery \(pointer.version) of \(pointer.machine) was taken over")
        } catch {
            failures += 1
            nextTry = .now + .seconds(min(3600, 10 << min(failures, 9)))
            logger.error("\(error)")
            return
        }
        stamp = nil
        look()
        try finish(pointer)
    }

    private func finish(_ pointer: GalleryPointer) throws {
        memory.version = max(memory.version, pointer.version)
        waiting = nil
        try save()
    }

    /// - Returns: nil if some piece is missing or another one.
    private func fetch(_ pointer: GalleryPointer, _ connection: FleetConnection) throws -> [(String, Data)]? {
        var whole = Data()
        for (index, digest) in pointer.pieces.enumerated() {
            let subject = GalleryPointer.subject(of: index, pointer.machine, pointer.slot)
            guard let piece = try connection.newest(subject, in: FleetStream.gallery.name)?.payload,
                piece.count <= GalleryPointer.pieceSize, Self.digest(piece) == digest
            else { return nil }
            whole.append(piece)
        }
        guard whole.count == pointer.size else { return nil }
        var start = 0
        return pointer.files.map { file in
            defer { start += file.size }
            return (file.name, Data(whole[start..<start + file.size]))
        }
    }
}
