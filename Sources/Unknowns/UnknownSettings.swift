import Foundation
import VisageCore

/// How long unknown people are remembered, and how much of them is kept.
public struct UnknownSettings: Sendable, Equatable {
    /// An id comes back within this time after its person was last seen.
    public var rememberFor = Duration.seconds(30 * 86_400)
    /// Views older than this go; zero: none are kept.
    public var keepViewsFor = Duration.seconds(14 * 86_400)
    /// Views of one person.
    public var views = 5
    /// Of everything on disk.
    public var bytes: Int64 = 512 << 20

    public init() {}

    /// People beyond whom those who were away longest are forgotten: finding one among more takes milliseconds on the
    /// way of a frame, and a threshold that fits more lets hardly anybody come back.
    static let maxPeople = 5_000
}
