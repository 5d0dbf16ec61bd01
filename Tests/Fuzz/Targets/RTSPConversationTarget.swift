import Foundation
import VisageCore

@testable import Capture

/// A network camera that answers anything: each part of the input, up to a byte 30, is the answer to a request, and after
/// the last one the connection is closed. What an answer makes FFmpeg connect to must not be a real address.
struct RTSPConversationTarget: FuzzTarget {
    static let name = "rtsp-conversation"
    static let needsPrivateNetwork = true
    private static let password = "hunter22%2F"

    private let server: AnsweringServer

    static func seeds() -> [[UInt8]] {
        let sdp =
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            + "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkA2D3nARAAAAMAEAAAAwPA8WLkgA==,aMuMsg==\r\n"
            + "a=control:track1\r\n"
        func answer(_ more: String, body: String = "", code: String = "200 OK") -> [UInt8] {
            let kind = body.isEmpty ? "" : "Content-Type: application/sdp\r\nContent-Length: \(body.utf8.count)\r\n"
            return Array("RTSP/1.0 \(code)\r\nCSeq: 1\r\n\(more)\(kind)\r\n\(body)".utf8)
        }
        let options = answer("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n")
        let setup = answer("Session: 1;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")
        let rtp: [UInt8] = [0x80, 0xE0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x00]
        let play =
            answer("Session: 1\r\nRTP-Info: url=track1;seq=1;rtptime=1\r\n") + [0x24, 0, 0, UInt8(rtp.count)] + rtp
        let hevc = sdp.replacing("H264", with: "H265").replacing("96", with: "97")
        let jpeg = sdp.replacing("RTP/AVP 96", with: "RTP/AVP 26")
        let login = answer("WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", code: "401 Unauthorized")
        let moved = answer("Location: rtsp://127.0.0.1:1/y\r\n", code: "302 Moved")
        let conversations: [[[UInt8]]] = [
            [options, answer("Content-Base: rtsp://a/\r\n", body: sdp), setup, play],
            [options, answer("", body: hevc), setup, play], [options, answer("", body: jpeg), setup, play],
            [login, options, answer("", body: sdp), setup, play], [options, moved],
        ]
        return conversations.map { Array($0.joined(separator: [30])) }
    }

    init() throws { server = try AnsweringServer() }

    func run(_ bytes: [UInt8]) throws {
        var timeouts = LiveSession.Timeouts()
        timeouts.opening = .milliseconds(400)
        timeouts.firstPicture = .milliseconds(400)
        timeouts.data = .milliseconds(400)
        server.answers(bytes.split(separator: 30, omittingEmptySubsequences: false).map(Array.init))
        let address = try RTSPAddress("rtsp://ann:\(Self.password)@127.0.0.1:\(server.port)/live")
        let camera = RTSPCamera(try RTSPConnection(address, RTSPSettings()))
        do {
            try camera.run(LiveSession(timeouts: timeouts))
        } catch {
            Invariant.require(!"\(error)".contains("hunter22"), "a password is shown: \(error)")
            throw error
        }
    }
}
