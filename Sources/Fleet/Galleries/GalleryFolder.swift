import Foundation
import Storage
import VisageCore

/// The folder of the gallery in use, read and replaced as a whole. What is in it is checked by the command `visage`, which can
/// read galleries; this program cannot.
struct GalleryFolder {
    let url: URL
    /// Path of `visage`.
    let program: String

    private var parent: URL { url.deletingLastPathComponent() }
    /// As `visage train` names it, which removes what a killed program has left.
    private var beside: URL {
        parent.appending(path: ".\(url.lastPathComponent).new-\(getpid())", directoryHint: .isDirectory)
    }

    /// The checksum that the gallery has of itself; nil if there is none that can be read.
    func checksum() -> String? {
        struct Description: Decodable { let checksum: String }
        guard
            let data = try? BoundedFile.read(
                url.appending(path: "gallery.json"), limit: GalleryPointer.pieceSize * GalleryPointer.maxPieces)
        else { return nil }
        return (try? JSONDecoder().decode(Description.self, from: data))?.checksum
    }

    /// Tells whether the gallery may have changed.
    func stamp() -> String? {
        var status = stat()
        guard stat(url.appending(path: "gallery.json").path, &status) == 0 else { return nil }
        return "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }

    /// All files of one gallery.
    /// - Throws: `VisageError` (gallery, unreadable).
    func read() throws -> [(name: String, data: Data)] {
        for _ in 0..<5 {
            let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw VisageError(
                    .notFound, "There is no gallery at \(url.path)", cause: String(cString: strerror(errno)))
            }
            defer { close(descriptor) }
            // This way leads to the folder that was opened, whoever bears its name by then.
            let place = URL(filePath: "/proc/self/fd/\(descriptor)", directoryHint: .isDirectory)
            let limit = GalleryPointer.pieceSize * GalleryPointer.maxPieces
            var files: [(name: String, data: Data)] = []
            for name in GalleryPointer.names.sorted() {
                let file = place.appending(path: name)
                guard access(file.path, F_OK) == 0 else { continue }
                files.append((name, try BoundedFile.read(file, limit: limit)))
            }
            var (opened, now) = (stat(), stat())
            guard fstat(descriptor, &opened) == 0, stat(url.path, &now) == 0, opened.st_ino == now.st_ino else {
                continue
            }
            guard files.reduce(0, { $0 + $1.data.count }) <= limit else {
                throw VisageError(
                    .gallery, "The gallery \(url.path) is larger than \(limit >> 20) MiB, too large for a fleet")
            }
            return files
        }
        throw VisageError(.inUse, "The gallery \(url.path) is replaced faster than it can be read")
    }

    /// Writes a gallery beside, has it checked, and puts it in its place in one step. Durable when it returns.
    /// - Throws: `VisageError`; the gallery is as it was then.
    func replace(by files: [(name: String, data: Data)]) throws {
        try DurableFile.makeFolder(parent)
        clear()
        guard mkdir(beside.path, 0o700) == 0 else {
            throw VisageError(.unwritable, "\(parent.path) cannot be written", cause: String(cString: strerror(errno)))
        }
        defer { try? DurableFile.remove(beside) }
        for (name, data) in files { try DurableFile.write(data, to: beside.appending(path: name)) }
        try DurableFile.syncFolder(beside)
        try check(beside)
        if access(url.path, F_OK) == 0 {
            try DurableFile.exchange(beside, url)
        } else {
            try DurableFile.rename(beside, to: url)
        }
    }

    /// What programs that were killed have left.
    private func clear() {
        let prefix = ".\(url.lastPathComponent).new-"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        where name.hasPrefix(prefix) {
            guard let process = Int32(name.dropFirst(prefix.count)), process > 0 else { continue }
            if process == getpid() || (kill(process, 0) != 0 && errno == ESRCH) {
                try? DurableFile.remove(parent.appending(path: name))
            }
        }
    }

    private func check(_ folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["fleet", "check-gallery", folder.path]
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch {
            throw VisageError(
                .engine, "\(program) cannot be run, which visage-fleet needs beside it",
                cause: error.systemReason)
        }
        let said = (try? errors.fileHandleForReading.read(upToCount: 4096)) ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, process.terminationReason == .exit else {
            let text = String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw VisageError(
                .gallery, "The gallery of the fleet cannot be used here, the one before stays", cause: text)
        }
    }
}
