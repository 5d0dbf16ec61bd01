import Foundation
import VisageCore

/// Brings a recording from the kernel's memory onto the disk, about once a second, on a thread of its own: whoever
/// encodes does not wait for the disk. Notices on that occasion when the file is taken away.
///
/// What a power cut loses is what was written since the last round began: `interval`, and the time that the disk takes.
final class RecordingSyncer: Sendable {
    /// From the beginning of one round to that of the next.
    private static let interval = Duration.milliseconds(700)

    private let work = Work()
    private let name: String

    /// - Parameter name: of the thread
    init(name: String) { self.name = name }

    deinit { work.stop() }

    /// Begins with a file that has just been made.
    /// - Parameter companion: another file of the same folder, to be treated in the same way
    /// - Throws: `VisageError` (unwritable).
    func begin(_ path: String, with companion: String? = nil) throws {
        let file = try File(path, companion)
        guard work.begin(file) else { return }
        let thread = Thread { [work] in work.run() }
        thread.name = name
        thread.start()
    }

    /// More of the file has been handed to the kernel. Returns at once.
    func wrote() { work.wrote() }

    /// Nothing more will be written into the file. Returns at once.
    func end() { work.end() }

    /// Brings another file of the folder, which is complete, onto the disk. Returns at once.
    func complete(_ path: String) {
        if let file = try? File(path, nil) { work.complete(file) }
    }

    /// What the disk has refused since the last call, or what has happened to the file that was begun last.
    func takeFailure() -> VisageError? { work.takeFailure() }

    /// The file as it was made, whatever becomes of its name.
    private final class File: Sendable {
        let path: String
        private let descriptor: Int32
        /// -1 without a companion.
        private let companion: Int32

        init(_ path: String, _ companion: String?) throws {
            self.path = path
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            self.companion = companion.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
            guard descriptor >= 0 else {
                throw VisageError(.unwritable, "\(path) cannot be read back", cause: String(cString: strerror(errno)))
            }
        }

        deinit {
            close(descriptor)
            if companion >= 0 { close(companion) }
        }

        /// - Throws: `VisageError` (unwritable) if the disk fails, or nobody will find the file any more.
        func sync(withFolder: Bool) throws {
            guard fdatasync(descriptor) == 0, companion < 0 || fdatasync(companion) == 0 else { throw failure(errno) }
            if withFolder { try syncFolder() }
            var (own, named) = (stat(), stat())
            guard fstat(descriptor, &own) == 0, lstat(path, &named) == 0, own.st_ino == named.st_ino,
                own.st_dev == named.st_dev
            else { throw VisageError(.unwritable, "\(path) was removed while it was being written") }
        }

        /// A file that the folder does not name on the disk is not there after a power cut.
        private func syncFolder() throws {
            let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else {
                // It was removed; then so was the file, which is noticed next.
                if errno == ENOENT { return }
                throw failure(errno)
            }
            defer { close(folder) }
            // Some network file systems have no such call for folders, and need none.
            guard fsync(folder) == 0 || errno == EINVAL || errno == EOPNOTSUPP else { throw failure(errno) }
        }

        private func failure(_ code: Int32) -> VisageError {
            VisageError(
                .unwritable, "Video cannot be brought onto the disk: \(path)", cause: String(cString: strerror(code)))
        }
    }

    private final class Work: @unchecked Sendable {
        // Safe: all that changes is touched only under the condition's lock.
        private let condition = NSCondition()
        private var file: File?
        private var isNew = false
        private var isDirty = false
        private var began: MonotonicTime?
        /// Files that are complete and have to be brought onto the disk once more.
        private var ended: [File] = []
        private var failure: VisageError?
        private var isRunning = false
        private var isOver = false

        /// - Returns: whether the thread is to be started.
        func begin(_ file: File) -> Bool {
            condition.withLock {
                if let old = self.file { ended.append(old) }
                (self.file, isNew, isDirty, failure) = (file, true, true, nil)
                began = nil
                condition.signal()
                defer { isRunning = true }
                return !isRunning
            }
        }

        func wrote() {
            condition.withLock {
                isDirty = true
                if isDue { condition.signal() }
            }
        }

        func end() {
            condition.withLock {
                guard let file else { return }
                ended.append(file)
                self.file = nil
                condition.signal()
            }
        }

        func complete(_ file: File) {
            condition.withLock {
                ended.append(file)
                condition.signal()
            }
        }

        func takeFailure() -> VisageError? {
            condition.withLock {
                defer { failure = nil }
                return failure
            }
        }

        func stop() {
            condition.withLock {
                isOver = true
                condition.signal()
            }
        }

        func run() {
            while let (file, isNew, isEnded) = next() {
                do {
                    try file.sync(withFolder: isNew)
                } catch {
                    // A file that is over is missed by nobody who writes.
                    condition.withLock {
                        if !isEnded, self.file === file {
                            failure = error as? VisageError ?? VisageError(.unwritable, "\(error)")
                        }
                    }
                }
            }
        }

        private var isDue: Bool {
            file != nil && isDirty && began.map { MonotonicTime.now - $0 >= RecordingSyncer.interval } ?? true
        }

        /// Waits for the next file to sync; nil at the end.
        private func next() -> (file: File, isNew: Bool, isEnded: Bool)? {
            condition.withLock {
                while ended.isEmpty, !isDue, !isOver { condition.wait() }
                if let file, isDue {
                    defer { (isNew, isDirty, began) = (false, false, .now) }
                    return (file, isNew, false)
                }
                return ended.isEmpty ? nil : (ended.removeFirst(), false, true)
            }
        }
    }
}
