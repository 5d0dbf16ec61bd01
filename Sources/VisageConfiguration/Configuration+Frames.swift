extension Configuration {
    /// `frames`: the sockets that show each camera's frames.
    public struct Frames: ConfigurationSection {
        /// The folder of the sockets. Empty: there are none.
        public var folder = "/run/visage"
        /// The JPEG quality of annotated frames, 1 to 100. Clean ones have a fixed, high quality.
        public var jpegQuality = 80

        public init() {}

        enum CodingKeys: String, CodingKey {
            case folder
            case jpegQuality = "jpeg_quality"
        }

        func validate() throws(ConfigurationProblem) {
            try ConfigurationProblem.check(jpegQuality, CodingKeys.jpegQuality, in: 1...100)
        }

        /// The quality of clean frames: photos to train from are taken of them.
        private static let cleanJPEGQuality = 95

        /// The path of a camera's socket; nil if there are no sockets.
        package func socket(_ kind: FrameSocketKind, of camera: String) -> String? {
            folder.isEmpty ? nil : "\(folder)/\(camera).\(kind.rawValue).sock"
        }

        package func jpegQuality(of kind: FrameSocketKind) -> Int {
            switch kind {
            case .annotated: jpegQuality
            case .clean: Self.cleanJPEGQuality
            }
        }
    }
}

/// The frame sockets of a camera. The raw value is part of the socket's name.
package enum FrameSocketKind: String, Sendable, CaseIterable {
    /// With boxes and names.
    case annotated = "frames"
    /// As the camera sent them.
    case clean
}
