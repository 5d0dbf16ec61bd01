/// How fast a file is played.
public enum Pace: String, Sendable, Codable, CaseIterable {
    /// By its time stamps.
    case realtime
    /// As fast as frames are taken.
    case fast
}
