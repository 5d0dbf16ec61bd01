// Footage to try the following of faces on: frames, and who is where in them as far as that is known. It knows nothing
// of pipelines.

import VisageCore

/// Something to watch that is the same every time.
public protocol Footage: Sendable {
    /// For people.
    var name: String { get }
    /// Frames, as far as known beforehand.
    var count: Int { get }
    /// From its first frame on.
    /// - Throws: `VisageError` if it cannot be played.
    func source() throws -> any FrameSource
    /// Who is where in a frame, by its number; nil where nobody knows.
    func people(in frame: Int) -> [FilmedPerson]?
    /// Whether `people` are all whose faces can be seen.
    var isComplete: Bool { get }
}

/// A person in one frame of footage.
public struct FilmedPerson: Sendable {
    /// What the person is known by.
    public let name: String
    /// The same from one coming to the next going; a break so short that a track outlasts it does not end it.
    public let stay: Int
    /// The face, in pixels of the frame.
    public let box: BoundingBox
    /// Whether all of the face is in the picture.
    public let isWhole: Bool
}
