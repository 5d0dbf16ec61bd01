import Foundation
import VisageCore

/// How long unknown people are remembered, and how much of them is kept.
public struct UnknownSettings: Sendable, Equatable {
    /// How long after a person was last seen the same id is given again.
    public var rememberFor = Duration.seconds(30 * 86_400)
    /// Age at which views are deleted; zero: none are kept.
    public var keepViewsFor = Duration.seconds(14 * 86_400)
    /// Maximum number of views of one person.
    public var views = 5
    /// Maximum size on disk, in bytes.
    public var bytes: Int64 = 512 << 20

    public init() {}

    /// Maximum number of people; those who have been away longest are forgotten first. With more of them, the search
    /// takes milliseconds of each frame, and the threshold that the number requires rejects nearly all returning people.
    static let maxPeople = 5_000
}
