/// The kinds of event; `Event.Content` says what each carries, `events.schema.json` how it is written.
public enum EventType: String, Codable, Sendable, CaseIterable {
    case hello
    case appeared = "face.appeared"
    case identified = "face.identified"
    case unknown = "face.unknown"
    case revised = "face.revised"
    case lost = "face.lost"
    case sourceUp = "source.up"
    case sourceDown = "source.down"
    case frame
    case stats
    case status
    case gap
    case error

    /// Logged events have a `seq`; the others are about a connection or a moment.
    public var isLogged: Bool {
        switch self {
        case .hello, .frame, .stats, .status, .gap, .error: false
        default: true
        }
    }

    /// Sent only to subscribers that name the type.
    public var isOnRequest: Bool { self == .frame || self == .stats || self == .status }
}
