import CLinux
import Foundation
import Synchronization
import VisageCore

/// The last number given, in memory that outlives the process: a file in a file system that has no disk. After `kill -9`
/// it says exactly where the numbering stood, even if the log's disk had refused everything for hours. It is gone after
/// a reboot; then the block that was reserved on disk is skipped. That of a log whose folder is gone is removed by the next
/// one that is opened.
final class SequenceWitness: Sendable {
    struct Record: Sendable, Equatable {
        /// That of the `SequenceMark` that this belongs to.
        var token: String
        var last: Int64
        var epoch: LogEpoch
    }

    private static let size = 1_024
    private static let prefix = "visage-seq-\(geteuid())-"
    /// The log's path is behind what `Record` holds, ended by a zero byte.
    private static let pathOffset = 2_048
    /// tmpfs and ramfs.
    private static let memoryFileSystems = [0x0102_1994, 0x8584_58f6]

    private let path: String
    private let descriptor: Int32

    /// - Parameters:
    ///   - log: the path of the log.
    ///   - folders: the first one of these that is in memory, and not on the log's own file system, is used.
    /// - Returns: nil if there is none.
    init?(of log: String, in folders: [String]) {
        let place = URL(filePath: log).deletingLastPathComponent().resolvingSymlinksInPath()
            .appending(path: (log as NSString).lastPathComponent).path(percentEncoded: false)
        let name = Self.prefix + String(Checksum.of(place.utf8), radix: 16)
        for folder in folders where Self.isMemory(folder, apartFrom: log) {
            let path = folder + "/" + name
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { continue }
            var status = stat()
            // Others may write into the folder too.
            guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), status.st_mode & S_IFMT == S_IFREG,
                fchmod(descriptor, 0o600) == 0
            else {
                close(descriptor)
                continue
            }
            (self.path, self.descriptor) = (path, descriptor)
            // As long as this is held, nobody takes it for forgotten, whatever folders they see.
            flock(descriptor, LOCK_SH | LOCK_NB)
            let bytes = Array(place.utf8) + [0]
            // Without it, the file stays until the machine is restarted.
            _ = pwrite(descriptor, bytes, bytes.count, off_t(Self.pathOffset))
            Self.removeForgotten(in: folder)
            return
        }
        return nil
    }

    deinit { close(descriptor) }

    /// nil where nothing, or not all of it, has been written.
    var record: Record? {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count > 4, words[3] == String(Checksum.of(words[0...2].joined(separator: " ").utf8), radix: 16),
            let last = Int64(words[1]), EventLog.numbers.contains(last) || last == 0,
            let epoch = LogEpoch(String(words[2]))
        else { return nil }
        return Record(token: String(words[0]), last: last, epoch: epoch)
    }

    /// Costs microseconds.
    func write(_ record: Record) {
        let text = "\(record.token) \(record.last) \(record.epoch)"
        let line = text + " " + String(Checksum.of(text.utf8), radix: 16) + " "
        let bytes = Array(line.utf8) + [UInt8](repeating: 0, count: max(0, Self.size - line.utf8.count))
        // What is not up to date must not be believed.
        if pwrite(descriptor, bytes, bytes.count, 0) != bytes.count { remove() }
    }

    func remove() { unlink(path) }

    /// Removes the files of logs whose folder does not exist any more, such as those of daemons that were killed and then
    /// deleted. A log on a disk that is away for the moment goes on as after a reboot.
    private static func removeForgotten(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(prefix) {
            let path = folder + "/" + name
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = pread(descriptor, &bytes, bytes.count, off_t(pathOffset))
            guard count > 0, let end = bytes.prefix(count).firstIndex(of: 0), end > 0,
                flock(descriptor, LOCK_EX | LOCK_NB) == 0
            else { continue }
            let log = String(decoding: bytes[..<end], as: UTF8.self)
            if access((log as NSString).deletingLastPathComponent, F_OK) != 0, errno == ENOENT { unlink(path) }
        }
    }

    private static func isMemory(_ folder: String, apartFrom log: String) -> Bool {
        var (own, other) = (stat(), stat())
        guard memoryFileSystems.contains(visage_file_system(folder)) else { return false }
        let logFolder = (log as NSString).deletingLastPathComponent
        // One that is full or read-only would fail both.
        return stat(folder, &own) == 0 && stat(logFolder.isEmpty ? "." : logFolder, &other) == 0
            && own.st_dev != other.st_dev
    }
}
