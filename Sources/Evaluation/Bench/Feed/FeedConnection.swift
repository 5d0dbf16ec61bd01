import Foundation
import VisageCore

/// A camera that one client watches: answers RTSP's requests, and then sends the clip in real time, again and again, over
/// the same connection. A client that is too slow is waited for, as TCP does it; what waits goes out late with the stamps
/// of its time.
struct FeedConnection {
    /// Number of all cameras: each begins at another place in the clip.
    let cameras: Int
    let clip: FeedClip
    let socket: Int32

    /// Returns when the client has gone.
    func run() {
        guard let packets = try? RTPPacketizer(clip) else { return }
        var camera = 0
        while let request = receive() {
            let lines = request.split(separator: "\r\n")
            let words = lines.first?.split(separator: " ") ?? []
            guard words.count > 1 else { return }
            let sequence = lines.first { $0.lowercased().hasPrefix("cseq:") } ?? "CSeq: 0"
            var head = "RTSP/1.0 200 OK\r\n\(sequence)\r\n"
            var body = ""
            switch words[0] {
            case "OPTIONS": head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            case "DESCRIBE":
                camera = Self.number(in: words[1])
                body = packets.description()
                head +=
                    "Content-Base: \(words[1])/\r\nContent-Type: application/sdp\r\nContent-Length: \(body.utf8.count)\r\n"
            case "SETUP": head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
            default: head += "Session: 1\r\n"
            }
            guard send(Array("\(head)\r\n\(body)".utf8)) else { return }
            if words[0] == "PLAY" { return play(packets, camera) }
        }
    }

    /// The path of a camera's address is its number.
    private static func number(in address: Substring) -> Int {
        address.split(separator: "/").last.flatMap { Int($0) } ?? 0
    }

    private func play(_ packets: RTPPacketizer, _ camera: Int) {
        let start = MonotonicTime.now
        var place = clip.start(of: camera, of: cameras)
        var sent: Int64 = 0
        while waits(until: start + .nanoseconds(sent * 1_000_000_000 / Int64(FeedClip.fps))) {
            guard let bytes = try? packets.bytes(for: clip.pictures[place]), send(bytes) else { return }
            place = (place + 1) % clip.pictures.count
            sent += 1
        }
    }

    /// Waits, and reads what the client sends meanwhile, which needs no answer: reports, and signs of life.
    /// - Returns: false when it has gone.
    private func waits(until due: MonotonicTime) -> Bool {
        while true {
            let left = max(0, (due - .now).inNanoseconds)
            var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, Int32(left / 1_000_000)) > 0 else {
                // poll(2) waits in whole milliseconds: this is the rest, so that frames leave on time.
                var rest = timespec(tv_sec: 0, tv_nsec: Int(max(0, min(999_999, (due - .now).inNanoseconds))))
                nanosleep(&rest, nil)
                return true
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            guard recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 else { return false }
        }
    }

    /// The head of the next request; nil when there is none.
    private func receive() -> String? {
        var bytes: [UInt8] = []
        while bytes.count < 16_384 {
            var byte: UInt8 = 0
            guard recv(socket, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
            if bytes.suffix(4) == [13, 10, 13, 10] { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(
                    socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 || count < 0 && errno == EINTR else { return false }
                sent += max(0, count)
            }
            return true
        }
    }
}
