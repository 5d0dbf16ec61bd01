import Foundation
import Synchronization
import VisageCore

/// The highest `seq` ever given, kept in a file of its own beside the log. It is overwritten in place, which works
/// on a full disk too, and it outlives a damaged database: that is how a `seq` is never given twice.
final class SequenceMark: Sendable {
    private let descriptor: Int32
    private static let digits = 20

    /// Opens the file and makes sure that its block exists.
    init(path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw VisageError(
                .unwritable,
                "Cannot write \(path), which keeps the events' numbers: check its folder and owner",
                cause: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // A class's deinit does not run when its init throws.
            close(descriptor)
            throw VisageError(
                .inUse, "Another visaged writes the event log beside \(path): stop it or choose another file")
        }
        try? write(value)
    }

    /// Lets another process, or another log in this one, have the file.
    func unlock() { _ = flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }

    /// 0 when nothing readable has been written yet.
    var value: Int64 {
        var bytes = [UInt8](repeating: 0, count: SequenceMark.digits)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count == bytes.count else { return 0 }
        return max(0, Int64(String(decoding: bytes, as: UTF8.self)) ?? 0)
    }

    /// `durably` waits until the disk has it.
    func write(_ seq: Int64, durably: Bool = false) throws {
        let text = String(seq)
        let padded =
            String(repeating: "0", count: max(0, SequenceMark.digits - text.utf8.count)) + text + "\n"
        let bytes = Array(padded.utf8)
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, !durably || fdatasync(descriptor) == 0
        else {
            throw VisageError(
                .unwritable, "Cannot write the events' numbers", cause: String(cString: strerror(errno)))
        }
    }
}
