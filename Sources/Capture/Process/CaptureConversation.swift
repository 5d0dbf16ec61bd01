import Foundation
import VisageCore

/// What the daemon makes of the messages of one capture process, none of which it believes.
package struct CaptureConversation {
    private let session: LiveSession
    private let secrets: [String]
    private let device: String?
    /// The newest two: pictures in the older one may be on their way when a new one is asked for.
    private var memories: [PictureMemory] = []
    private var memoryCount = 0
    private var size: (width: Int, height: Int)?
    /// When the size of the pictures, or of the memory for them, changed.
    private var changes: [MonotonicTime] = []
    private var packets: PacketAssembly

    /// - Parameters:
    ///   - secrets: texts that must not get into any message for people
    ///   - device: the device file of a webcam
    package init(session: LiveSession, secrets: [String] = [], device: String? = nil) {
        self.session = session
        self.secrets = secrets
        self.device = device
        packets = PacketAssembly(sink: session.packets)
    }

    /// - Returns: memory to be sent to the capture process, if it asks for that.
    /// - Throws: `VisageError` if the camera is to be given up for now.
    package mutating func take(_ message: CaptureMessage, at now: MonotonicTime) throws -> PictureMemory? {
        switch message {
        case .began: session.begin()
        case .opened(let text, let interval, _): session.opened(shown(text), interval: interval)
        case .data: session.hasData()
        case .losses(let skipped, let damaged, let missed):
            session.skipped(skipped)
            session.damaged(damaged)
            session.missed(missed)
        case .picture(let picture): try show(picture, at: now)
        case .stream(let stream): try packets.begin(stream, at: now)
        case .noPackets(let text): try packets.begin(without: shown(text))
        case .packet(let part): try packets.take(part, at: now)
        case .wantsMemory(let bytes):
            try noteChange(at: now)
            memoryCount += 1
            let memory = try PictureMemory(number: memoryCount, bytes: bytes)
            memories = memories.suffix(1) + [memory]
            return memory
        // The process cannot see who uses it.
        case .ended(_, _, isInUse: true) where device != nil: throw V4L2Failure.busy(device ?? "")
        case .ended(let text, let needsPerson, _):
            throw VisageError(.source, shown(text), retry: needsPerson ? .needsPerson : .mayHelp)
        }
        return nil
    }

    /// Nothing more will come.
    package func end() { packets.end() }

    private mutating func show(_ picture: SharedPicture, at now: MonotonicTime) throws {
        guard let memory = memories.first(where: { $0.number == picture.memory }) else {
            throw CaptureLimits.misbehaves
        }
        if let size, size != (picture.width, picture.height) { try noteChange(at: now) }
        size = (picture.width, picture.height)
        let image = try memory.buffer(picture)
        func sensible(_ time: Int64) -> MonotonicTime { Self.sensible(time, at: now) }
        let stamp = picture.stamp.flatMap { abs($0 / 2) < 1 << 60 ? Duration.nanoseconds($0) : nil }
        session.deliver(
            LivePicture(
                image: image, stamp: stamp, arrived: sensible(picture.arrived), taken: picture.taken.map(sensible),
                packet: packets.id(of: picture.packet)))
    }

    /// Clocks as they can be: sums of other numbers would overflow.
    static func sensible(_ time: Int64, at now: MonotonicTime) -> MonotonicTime {
        MonotonicTime(nanoseconds: min(max(time, now.nanoseconds - 10_000_000_000), now.nanoseconds))
    }

    private mutating func noteChange(at now: MonotonicTime) throws {
        changes = changes.filter { now - $0 < CaptureLimits.sizePeriod } + [now]
        guard changes.count <= CaptureLimits.maxSizeChanges else {
            throw VisageError(
                .source,
                "the camera has changed the size of its pictures more than \(CaptureLimits.maxSizeChanges) times within "
                    + "\(Int(CaptureLimits.sizePeriod.inSeconds)) s", retry: .needsPerson)
        }
    }

    /// A text that may be shown: one line, of bounded length, without the password.
    private func shown(_ text: String) -> String {
        var line = String(text.prefix(CaptureLimits.textLength))
        for secret in secrets where !secret.isEmpty { line = line.replacing(secret, with: "…") }
        return String(
            String.UnicodeScalarView(
                line.unicodeScalars.map { $0.properties.generalCategory.isPrintable ? $0 : "\u{FFFD}" }))
    }
}

extension Unicode.GeneralCategory {
    /// Whether characters of this category stay in their line and their order.
    fileprivate var isPrintable: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
