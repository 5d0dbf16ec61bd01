import Logging
import Publishing
import Synchronization
import TestSupport
import Testing
import VisageCore
import Web

/// Frames between the daemon's socket and those who look.
@Suite struct CameraFeedTests {
    private let folder: ScratchFolder
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws { folder = try ScratchFolder() }

    /// The daemon encodes a frame when the one before it has been read.
    @Test func noMoreFramesAreEncodedThanSomebodyWants() async throws {
        let path = folder.file("door.frames.sock").path
        let encoded = Atomic(0)
        // More than the system keeps of what is not read yet.
        let jpeg = [UInt8](repeating: 1, count: 100_000)
        let server = try await FrameServer.start(at: path, logger: logger) { _ in
            encoded.wrappingAdd(1, ordering: .relaxed)
            return jpeg
        }
        let interval = Duration.milliseconds(200)
        let feed = CameraFeed(socket: path)
        let (_, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let start = MonotonicTime.now
        let looking = feed.look(wake, interval: interval)
        var (shown, seen, frames) = (0, 0, 0)
        #expect(
            await eventually {
                shown += 1
                server.show(.sample(shown))
                if let (_, serial) = feed.newest(after: seen) { (seen, frames) = (serial, frames + 1) }
                return frames >= 5
            })
        let most = (MonotonicTime.now - start).milliseconds / interval.milliseconds
        // The first one comes at once, and one is on its way.
        #expect(Double(encoded.load(ordering: .relaxed)) <= most + 2, "\(shown) were shown")
        withExtendedLifetime(looking) {}
        await server.shutdown()
    }
}
