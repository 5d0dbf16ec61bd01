/// Where the services listen unless their configuration says otherwise.
package enum DefaultSocket {
    /// The event socket of `visaged`.
    package static let daemon = "/run/visage/events.sock"
    /// The socket of `visage-fleet`.
    package static let fleet = "/run/visage/fleet.sock"
}
