import Capture
import VisageCore

/// A video file of which nobody has written down who is where.
public struct PlainFootage: Footage {
    public let name: String
    public let count: Int
    public let isComplete = false

    /// - Throws: `VisageError` if it is no video.
    public init(path: String) throws {
        name = path
        count = try FileSource.probe(path).frames ?? 0
    }

    public func source() throws -> any FrameSource {
        try FileSource(path: name, options: FileSource.Options(pace: .fast))
    }

    public func people(in frame: Int) -> [FilmedPerson]? { nil }
}
