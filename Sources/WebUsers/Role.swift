// WebUsers is who may use the page in the browser: names, roles and hashed passwords, for the page and for the command that
// writes them.

/// What a user may do.
public enum Role: String, Sendable, Codable, CaseIterable {
    /// See everything.
    case viewer
    /// Change the gallery and correct verdicts too.
    case editor
}
