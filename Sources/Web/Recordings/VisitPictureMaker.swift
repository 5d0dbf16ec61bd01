import Administration
import Foundation
import Storage
import VisageCore
import Visits

/// The best view of each visit as a small picture, cut from the recording with `visage still` when somebody looks at it
/// first, and kept as `VisitPictures` says.
actor VisitPictureMaker {
    private let command: VisageCommand
    private let visits: VisitStore
    private let recordings: Recordings
    private let folder: String

    /// What is being made, by the file that it becomes.
    private var work: [String: Task<Data?, Never>] = [:]
    /// Those who wait for their turn; the last one is served first, because that is what somebody looks at now.
    private var waiting: [CheckedContinuation<Bool, Never>] = []
    private var isBusy = false
    /// What could not be made, and when that was found.
    private var failures: [String: MonotonicTime] = [:]

    /// More than several screens of a timeline.
    private static let maxWaiting = 200
    private static let maxFailures = 1000
    /// What could not be made is tried again after so long: the end of a recording may not have been on disk.
    private static let retry = Duration.seconds(10)
    private static let limit = Duration.seconds(30)
    /// More than a picture of 192 pixels takes.
    private static let maxBytes = 1 << 20

    /// - Parameter folder: that of the recordings.
    init(_ command: VisageCommand, visits: VisitStore, recordings: Recordings, folder: String) {
        (self.command, self.visits, self.recordings, self.folder) = (command, visits, recordings, folder)
    }

    /// - Returns: a JPEG file; nil if there is none, or none now.
    func picture(of visit: Visit) async -> Data? {
        guard let file = visits.pictures.file(of: visit) else { return nil }
        // One whose recording has been deleted is not shown any more.
        guard recordings.moment(of: visit) != nil else {
            unlink(file.path)
            return nil
        }
        let key = file.path
        if let task = work[key] { return await task.value }
        if let kept = try? BoundedFile.read(file, limit: Self.maxBytes) { return kept }
        if let failure = failures[key], MonotonicTime.now - failure < Self.retry { return nil }
        let task = Task { await make(visit, file) }
        work[key] = task
        let picture = await task.value
        work[key] = nil
        failures[key] = picture == nil ? .now : nil
        if failures.count > Self.maxFailures { failures = [:] }
        return picture
    }

    private func make(_ visit: Visit, _ file: URL) async -> Data? {
        guard await turn() else { return nil }
        defer { passOn() }
        guard let name = visit.file, let box = visit.box, let moment = VisitPictures.moment(of: visit) else {
            return nil
        }
        do {
            try DurableFile.makeFolder(file.deletingLastPathComponent(), mode: 0o700)
            let outcome = try await command.run(
                [
                    "still", "--at=\(moment)", "--box=\(box.map { String($0) }.joined(separator: ","))",
                    "--output=\(file.path)",
                ], values: ["\(folder)/\(visit.camera)/\(name)"], isConfigured: false, limit: Self.limit)
            guard outcome.exitCode == 0 else { return nil }
            // Meanwhile somebody may have been forgotten.
            guard try visits.visit(visit.id).flatMap(visits.pictures.file) == file else {
                unlink(file.path)
                return nil
            }
            return try BoundedFile.read(file, limit: Self.maxBytes)
        } catch {
            return nil
        }
    }

    /// One at a time: the daemon's cameras come first.
    private func turn() async -> Bool {
        guard isBusy else {
            isBusy = true
            return true
        }
        if waiting.count >= Self.maxWaiting { waiting.removeFirst().resume(returning: false) }
        return await withCheckedContinuation { waiting.append($0) }
    }

    private func passOn() {
        if let next = waiting.popLast() { next.resume(returning: true) } else { isBusy = false }
    }
}
