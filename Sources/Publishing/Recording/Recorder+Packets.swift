import Foundation
import Logging
import Synchronization
import VisageCore

/// The camera's own packets are recorded as they come, and boxes and names beside them as subtitles. The packets come from
/// the thread of the camera's session, before the pictures that are decoded from them, so that the place of every picture
/// is known when it is asked for; they are written by the thread of the queue, as are the subtitles.
extension Recorder: PacketSink {
    /// Bytes after which the limits of the folder are checked.
    private static let checkedBytes: Int64 = 64 << 20

    public var copiesPackets: Bool { copying?.isOn ?? false }

    public var work: WorkMeter? { copying?.queue.work }

    public func begin(_ stream: PacketStream) {
        guard let copying else { return }
        copying.state.withLock { state in
            state.isOn = true
            state.plan.begin(stream)
            add(.end)
        }
    }

    public func begin(without codec: String) {
        guard let copying else { return }
        let wasOn = copying.state.withLock { state in
            defer { state.isOn = false }
            state.plan.end()
            add(.end)
            add(.settle)
            return state.isOn
        }
        guard wasOn else { return }
        logger.warning(
            """
            The camera sends \(codec), which cannot be recorded as it is (`mode: copy`): it is recorded with boxes and \
            names drawn on it (`annotated`); set the camera to H.264 or H.265
            """,
            metadata: ["camera": "\(folder.lastPathComponent)"])
    }

    public func take(_ packet: SourcePacket) {
        guard let copying else { return }
        copying.state.withLock { state in
            let wall = Date() - (MonotonicTime.now - packet.arrived).inSeconds
            let place = state.plan.place(packet) { plan.withLock { $0.takeName(wall) } }
            guard let place else { return }
            if !add(.packet(packet, place)) {
                state.plan.drop(packet)
                sayLoss(&state, "the disk of the recordings is too slow")
            }
        }
    }

    public func lost(_ count: Int) {
        copying?.state.withLock { state in
            state.plan.miss(count)
            sayLoss(&state, "the machine is too busy")
        }
    }

    public func end() {
        copying?.state.withLock { state in
            state.plan.end()
            add(.end)
        }
    }

    public func note(_ faces: [ShownFace], at position: RecordingPosition) { add(.faces(faces, position)) }

    public func takeLostPackets() -> Int { copying?.state.withLock { $0.plan.takeLost() } ?? 0 }

    /// Nothing more comes.
    func completeSubtitles() {
        guard let copying else { return }
        closeSubtitles(copying) { _ in true }
    }

    /// All faces of files before the newest one have been noted.
    func settlePackets() { add(.settle) }

    /// Records nothing, or goes on.
    func holdPackets(_ isHeld: Bool) {
        copying?.state.withLock { state in
            state.plan.hold(isHeld)
            if isHeld { add(.end) }
        }
    }

    /// Said once, and counted from then on.
    private func sayLoss(_ state: inout PacketCopying.State, _ reason: String) {
        guard !state.isLossSaid else { return }
        state.isLossSaid = true
        logger.warning(
            """
            Packets of the camera are missing in the recording, up to the next key frame, because \(reason); \
            `unrecorded` counts them
            """, metadata: ["camera": "\(folder.lastPathComponent)"])
    }

    /// - Returns: whether there was room for it.
    @discardableResult private func add(_ item: PacketQueue.Item) -> Bool {
        copying?.queue.add(item) { [self] in perform($0) } ?? false
    }

    /// On the thread of the queue.
    private func perform(_ item: PacketQueue.Item) {
        guard let copying else { return }
        switch item {
        case .packet(let packet, let place): write(packet, place, copying)
        case .faces(let faces, let position): write(faces, position, copying)
        case .end: completePackets()
        case .settle:
            let file = current
            closeSubtitles(copying) { $0 != file }
        }
    }

    private func write(_ packet: SourcePacket, _ place: PacketPlan.Place, _ copying: PacketCopying) {
        let file = place.position.file
        write(to: file, at: packet.arrived - copying.started, companion: true) { path in
            let stream = place.stream
            let writer = try PacketFileWriter(path: path, stream: stream, mode: Self.mode)
            try copying.subtitles.withLock { subtitles in
                // Faces of the last file may still come, of those before it no more.
                while subtitles.count > 1 {
                    let last = subtitles.removeFirst()
                    try last.close()
                    syncer.complete(last.path)
                }
                subtitles.append(
                    try SubtitleWriter(beside: path, width: stream.width, height: stream.height, mode: Self.mode))
            }
            return writer
        } append: { (writer: PacketFileWriter) in
            try writer.append(packet, pts: place.pts, dts: place.dts)
            return copying.addBytes(packet.data.count) > Self.checkedBytes && copying.takeBytes() > 0
        }
    }

    private func write(_ faces: [ShownFace], _ position: RecordingPosition, _ copying: PacketCopying) {
        do {
            let isNewest = try copying.subtitles.withLock { subtitles in
                let index = subtitles.firstIndex { $0.recording == position.file }
                guard let index else { return false }
                try subtitles[index].note(faces, at: position.offsetMs)
                return index > 0
            }
            syncer.wrote()
            if isNewest { closeSubtitles(copying) { $0 != position.file } }
        } catch {
            closeSubtitles(copying) { $0 == position.file }
            fail(error, position.file, at: .now - copying.started)
        }
    }

    private func closeSubtitles(_ copying: PacketCopying, _ isOver: (String) -> Bool) {
        copying.subtitles.withLock { subtitles in
            for writer in subtitles where isOver(writer.recording) {
                do {
                    try writer.close()
                    // Its last faces came after the end of the recording.
                    syncer.complete(writer.path)
                } catch {
                    logger.warning(
                        "Subtitles of a recording could not be completed; they end early.",
                        metadata: ["error": "\(error)"])
                }
            }
            subtitles.removeAll { isOver($0.recording) }
        }
    }
}
