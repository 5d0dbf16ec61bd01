import Foundation

/// Where things are published. Cameras have no character in their names that means something in a topic.
public struct Topics: Sendable, Equatable {
    public let prefix: String
    public let machine: String

    public init(prefix: String, machine: String) {
        self.prefix = prefix
        self.machine = machine
    }

    var root: String { "\(prefix)/\(machine)" }
    /// `online` or `offline`, retained; the last will.
    public var status: String { "\(root)/status" }
    /// The lines of the event socket.
    public var events: String { "\(root)/events" }
    /// Who is there, retained.
    public func present(_ camera: String) -> String { "\(root)/\(camera)/present" }
    /// The verdict about a visitor, and the end of the visit.
    public func visit(_ camera: String) -> String { "\(root)/\(camera)/visit" }
    /// A JPEG of the last visit, retained.
    public func picture(_ camera: String) -> String { "\(root)/\(camera)/picture" }

    /// The machine's name as part of a topic, where the configuration names none.
    public static func machineName(_ host: String) -> String {
        let name = String(host.map { "/+#".contains($0) || $0.isWhitespace ? "-" : $0 })
        return name.isEmpty ? "visage" : name
    }

    /// The text in letters, digits, `_` and `-`, as Home Assistant wants ids. Other texts than these get a hash, so that no
    /// two become the same.
    package static func identifier(_ text: String) -> String {
        let plain = String(
            text.unicodeScalars.map { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    || "-_".contains(Character(scalar))
                    ? Character(scalar) : "_"
            })
        return plain == text ? text : "\(plain)-\(hash(text).prefix(8))"
    }

    /// 16 hexadecimal digits that depend on the text alone (FNV-1a): for ids, not for secrets.
    package static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(into: UInt64(0xCBF2_9CE4_8422_2325)) { $0 = ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
