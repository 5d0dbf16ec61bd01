import Foundation
import Synchronization
import VisageCore

/// Which numbers have been given, in a small file of its own beside the log: it outlives a damaged database. Numbers are
/// reserved in blocks before any of them is given. The file is overwritten in place within one sector, which works on a
/// full disk too and is never half done.
final class SequenceMark: Sendable {
    /// What the file says.
    struct Record: Sendable, Equatable {
        /// No number above this one has been given.
        var reserved: Int64
        /// The last number given, where a daemon came to its end; nil while one runs or after it was killed.
        var last: Int64?
        /// nil in a file of version 0.1.
        var epoch: LogEpoch?
        /// Tells which run wrote it; see `SequenceWitness`.
        var token: String
    }

    enum Contents: Sendable, Equatable {
        case missing
        case record(Record)
        /// It is not what was written here.
        case damaged
    }

    /// How many numbers are reserved at a time.
    static let block: Int64 = 1_000
    private static let size = 512
    private static let digits = 20

    private let path: String
    /// -1 while the file cannot be opened.
    private let descriptor: Mutex<Int32>

    /// Opens the file, or makes it. On a disk that refuses that, each `write` tries again.
    /// - Throws: `VisageError` (unwritable) if it is not the disk that refuses.
    init(path: String) throws {
        self.path = path
        do {
            descriptor = Mutex(try Self.open(path))
        } catch let failure as DiskFailure where failure.isOfTheDisk {
            descriptor = Mutex(-1)
        } catch {
            throw VisageError(
                .unwritable, "Cannot write \(path), which keeps the events' numbers: check its folder and owner",
                cause: "\(error)")
        }
    }

    deinit { descriptor.withLock { if $0 >= 0 { close($0) } } }

    var contents: Contents {
        let reader = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard reader >= 0 else { return errno == ENOENT ? .missing : .damaged }
        defer { close(reader) }
        var bytes = [UInt8](repeating: 0, count: Self.size * 2)
        let count = pread(reader, &bytes, bytes.count, 0)
        guard count >= 0 else { return .damaged }
        return Self.parse(Array(bytes.prefix(count)))
    }

    /// Returns when the disk has it.
    /// - Throws: `DiskFailure`.
    func write(_ record: Record) throws {
        try descriptor.withLock { descriptor in
            if descriptor < 0 { descriptor = try Self.open(path) }
            let bytes = Self.format(record)
            let count = pwrite(descriptor, bytes, bytes.count, 0)
            guard count == bytes.count else { throw count < 0 ? DiskFailure.last : DiskFailure(code: ENOSPC) }
            guard fsync(descriptor) == 0 else { throw DiskFailure.last }
            try FileManager.default.synchronize(folder: (path as NSString).deletingLastPathComponent)
        }
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DiskFailure.last }
        // Fails where the file is another user's; then its mode is that user's business.
        _ = fchmod(descriptor, 0o600)
        return descriptor
    }

    // Version 0.1 reads and writes the first line only. Then come the other values and a checksum over everything before it.

    static func format(_ record: Record) -> [UInt8] {
        let number = String(record.reserved)
        let text =
            String(repeating: "0", count: max(0, digits - number.utf8.count)) + number + "\n"
            + [record.last.map(String.init) ?? "-", record.epoch?.description ?? "-", record.token]
            .joined(separator: " ") + "\n"
        let line = text + String(Checksum.of(text.utf8), radix: 16) + "\n"
        return Array(line.utf8) + [UInt8](repeating: UInt8(ascii: " "), count: max(0, size - line.utf8.count))
    }

    static func parse(_ bytes: [UInt8]) -> Contents {
        guard !bytes.isEmpty else { return .missing }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 1, lines[0].utf8.count == digits, let reserved = Int64(lines[0]),
            EventLog.numbers.contains(reserved) || reserved == 0
        else { return .damaged }
        if bytes.count == digits + 1 { return .record(Record(reserved: reserved, last: reserved, token: "")) }
        guard lines.count > 3, lines[2] == String(Checksum.of("\(lines[0])\n\(lines[1])\n".utf8), radix: 16) else {
            return .damaged
        }
        let words = lines[1].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 else { return .damaged }
        let last = Int64(words[0])
        // Numbers are given from the reserved ones alone; what is above would be counted on from there.
        guard last.map((0...reserved).contains) ?? (words[0] == "-") else { return .damaged }
        return .record(
            Record(reserved: reserved, last: last, epoch: LogEpoch(String(words[1])), token: String(words[2])))
    }
}

/// FNV-1a: finds damage; it does not protect against forgery.
enum Checksum {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
