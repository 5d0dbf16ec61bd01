import Capture
import VisageCore

/// A video file without known identities.
public struct PlainFootage: Footage {
    public let name: String
    public let count: Int
    public let isComplete = false

    /// - Throws: `VisageError` if it is not a video.
    public init(path: String) throws {
        name = path
        count = try FileSource.probe(path).frames ?? 0
    }

    public func source() throws -> any FrameSource {
        try FileSource(path: name, options: FileSource.Options(pace: .fast))
    }

    public func people(in frame: Int) -> [FilmedPerson]? { nil }
}
