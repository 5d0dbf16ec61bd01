import CLinux
import Foundation
import Synchronization
import VisageCore

/// The program that a capture process runs: opens one camera, decodes what it sends into shared memory, and tells the
/// daemon. It ends when the connection to the daemon does.
public enum CaptureHelper {
    /// How the process is called in lists; also how it knows what it is.
    package static let name = "visage-capture"
    /// The connection to the daemon is its standard input.
    private static let connection: Int32 = 0

    /// To be called first by a program that captures: becomes a capture process, and does not return, if it was started to
    /// be one.
    public static func runIfAsked() {
        guard CommandLine.arguments.first == name else { return }
        // The daemon ends its capture processes itself, so that it can close recordings first.
        // Where standard error is a file, it cannot be written to: see CaptureWalls.
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ] { Foundation.signal(signal, SIG_IGN) }
        visage_set_thread_name(name)
        exit(run(CaptureChannel(owning: connection)))
    }

    /// - Returns: the exit code.
    private static func run(_ channel: CaptureChannel) -> Int32 {
        guard case .packet(let bytes, nil) = channel.receive(limit: CaptureLimits.taskBytes, takesFile: false),
            let task = try? JSONDecoder().decode(CaptureTask.self, from: Data(bytes))
        else { return 1 }
        let memory = MemoryReply()
        let slots = PictureSlots { bytes in
            channel.send(CaptureMessage.wantsMemory(bytes: bytes).bytes) ? memory.wait() : nil
        }
        let session = LiveSession(timeouts: task.timeouts, slots: slots)
        do {
            try CaptureWalls.build(for: task.source)
        } catch {
            _ = channel.send(CaptureMessage.ended("\(error)", needsPerson: true, isInUse: false).bytes)
            return 1
        }
        guard channel.send(CaptureMessage.began.bytes) else { return 1 }
        let webcam: V4L2Camera?
        let camera: any LiveCamera
        switch task.source {
        case .device(let settings, let known):
            let device = V4L2Camera(settings, known: known)
            (webcam, camera) = (device, device)
        case .network(let connection): (webcam, camera) = (nil, RTSPCamera(connection))
        }
        let listener = Thread {
            while case .packet(_, let file) = channel.receive(limit: 16, takesFile: true) { memory.set(file) }
            // The daemon has gone, or wants no more.
            memory.set(nil)
            session.cancel()
        }
        listener.name = "listener"
        listener.start()
        let capture = Thread { session.run(camera) }
        capture.name = "camera"
        capture.start()
        CaptureRelay(channel: channel, session: session, slots: slots) { webcam?.knownIdentity }.run()
        return 0
    }
}

/// The daemon's answer to the wish for memory.
///
/// Safe to share: `answer` is touched only under the condition's lock.
private final class MemoryReply: @unchecked Sendable {
    private let condition = MonotonicCondition()
    private var answer: Int32??

    func set(_ file: Int32?) {
        condition.withLock {
            if case .some(.some(let unused)) = answer { close(unused) }
            answer = .some(file)
            condition.broadcast()
        }
    }

    func wait() -> Int32? {
        condition.withLock {
            while answer == nil { condition.wait() }
            // That there will be none stays the answer.
            guard case .some(.some(let file)) = answer else { return nil }
            answer = nil
            return file
        }
    }
}
