/// A camera that a running visaged uses, read from the socket on which it sends the camera's frames as multipart MJPEG.
package struct FrameSocketCamera: LiveCamera {
    private let path: String
    package let name: String

    /// - Parameter name: of the camera
    package init(path: String, name: String) {
        self.path = path
        self.name = name
    }

    package func run(_ session: LiveSession) throws {
        let stream = try LiveStream(
            "unix:\(path)", format: "mpjpeg", options: ["protocol_whitelist": "unix"], session: session)
        session.opened("\(stream.codecName) from visaged", interval: nil)
        try stream.play(to: session, name: name)
    }
}
