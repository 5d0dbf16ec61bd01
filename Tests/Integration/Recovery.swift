import Foundation
import TestSupport
import Testing
import VisageCore

/// How long a daemon took to notice a fault, and to be back after it; seconds.
struct Recovery: Codable, Sendable {
    let fault: String
    let reason: String
    /// From the fault to `source.down`.
    let noticed: Double
    /// From the first key frame that was served after the fault to the first frame on which somebody is followed.
    let back: Double
    /// The same from the end of the fault.
    let whole: Double

    /// What the issue allows, seconds.
    static let limit = 3.0

    /// Leaves a line in `demo/rtsp-faults.jsonl`, and one for people on standard output.
    func report() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(self) + Data("\n".utf8)
        let file = Workspace.folder.appending(path: "demo/rtsp-faults.jsonl")
        if let handle = try? FileHandle(forWritingTo: file) {
            try handle.seekToEnd()
            try handle.write(contentsOf: line)
        } else {
            try line.write(to: file)
        }
        func text(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100) s" }
        print("| \(fault) | \(reason) | \(text(noticed)) | \(text(back)) | \(text(whole)) |")
    }
}

extension RTSPRun {
    /// Breaks and mends the camera, and measures.
    /// - Parameters:
    ///   - allowance: seconds that the fault may go unnoticed beyond the limit: it takes so long to be one
    ///   - breaking: what to do; gives the time at which it broke
    ///   - mending: likewise
    func recovery(
        from fault: String, allowance: Double = 0, breaking: () async throws -> MonotonicTime,
        mending: (_ broken: MonotonicTime) async throws -> MonotonicTime
    ) async throws {
        #expect(await everybodyIsKnown(since: MonotonicTime(nanoseconds: 0)))
        let broken = try await breaking()
        let down = try #require(await firstDown(after: broken), "nobody noticed: \(fault)")
        let mended = try await mending(broken)
        let good = try #require(await firstGoodFrame(after: mended), "it has not come back after: \(fault)")
        // Served is what goes to the connection by which the good frame came.
        let messages = camera.messages
        let play = messages.last { $0.play != nil && $0.time < good }?.time ?? mended
        let served = try #require(
            messages.first { $0.key == codec.rawValue && $0.time >= max(mended, play) && $0.time < good }?.time)
        let recovery = Recovery(
            fault: fault, reason: down.event.reason ?? "", noticed: (down.time - broken).inSeconds,
            back: (good - served).inSeconds, whole: (good - mended).inSeconds)
        try recovery.report()
        #expect(recovery.noticed <= Recovery.limit + allowance, "\(recovery)")
        #expect(recovery.back <= Recovery.limit, "\(recovery)")
        #expect(await everybodyIsKnown(since: mended), "\(logged)")
        _ = try await stop()
    }
}
