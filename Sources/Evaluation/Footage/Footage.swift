import VisageCore

/// Video that a measurement is run on, the same at every run, with the places of the people in it as far as they are
/// known.
public protocol Footage: Sendable {
    /// Shown to the user and used as the name of the camera.
    var name: String { get }
    /// Number of frames, as far as it is known before playing; otherwise 0.
    var count: Int { get }
    /// Plays it from the first frame on.
    /// - Throws: `VisageError` if it cannot be played.
    func source() throws -> any FrameSource
    /// The people in a frame, by its number; nil if they are not known.
    func people(in frame: Int) -> [FilmedPerson]?
    /// Whether `people` includes everybody whose face can be seen.
    var isComplete: Bool { get }
}

/// A person in one frame of footage.
public struct FilmedPerson: Sendable {
    public let name: String
    /// Number of the person's stay: the same from entering the picture to leaving it. An absence that is so short that
    /// a track outlasts it does not end a stay.
    public let stay: Int
    /// The face, in pixels of the frame.
    public let box: BoundingBox
    /// Whether the whole face is in the picture.
    public let isWhole: Bool

    public init(name: String, stay: Int, box: BoundingBox, isWhole: Bool) {
        self.name = name
        self.stay = stay
        self.box = box
        self.isWhole = isWhole
    }
}
