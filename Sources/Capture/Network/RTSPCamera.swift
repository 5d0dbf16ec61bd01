import VisageCore

/// A network camera that is read with RTSP: H.264, H.265 or MJPEG.
package struct RTSPCamera: LiveCamera {
    private let connection: RTSPConnection
    private let resolver: NameResolver

    package var name: String { connection.name }

    package init(_ connection: RTSPConnection) {
        self.connection = connection
        resolver = NameResolver(host: connection.host)
    }

    package func run(_ session: LiveSession) throws {
        // FFmpeg would do this as well, but without a deadline, and without saying that it was this that failed.
        try resolver.resolve(session)
        guard !session.isCancelled else { return }
        let tunnel = try connection.trust.map { try TLSTunnel(connection, trust: $0, session: session) }
        // Over UDP the pictures would not be encrypted.
        let transport = tunnel == nil ? connection.transport : .tcp
        let stream = try LiveStream(
            connection.url(at: tunnel?.place),
            options: [
                "rtsp_transport": transport.rawValue, "allowed_media_types": "video", "user_agent": "Visage",
                // The system's usual buffer does not hold one key frame of a large camera.
                "buffer_size": "2097152", "protocol_whitelist": "rtsp,rtp,tcp,udp",
                "codec_whitelist": "h264,hevc,mjpeg",
            ], session: session)
        let way = tunnel == nil ? transport.rawValue.uppercased() : "TLS"
        session.opened("\(stream.codecName) over \(way)", interval: stream.interval)
        try stream.play(to: session, name: name)
    }
}
