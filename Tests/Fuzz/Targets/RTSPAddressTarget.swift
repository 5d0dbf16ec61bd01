import Foundation
import VisageCore

@testable import Capture

/// The address of a network camera. Its password never occurs in what is shown.
struct RTSPAddressTarget: FuzzTarget {
    static let name = "rtsp-address"
    static let maxBytes = 512

    static func seeds() -> [[UInt8]] {
        let addresses = [
            "rtsp://ann:hunter%2F22@10.0.0.1:554/live/1?channel=1", "rtsps://[fe80::1]:322/", "RTSP://a:b@c@host/x#y",
            "rtsp://host/user=admin&password=hunter22&channel=1&stream=0.sdp", "rtsp://ann@host",
        ]
        let parts: [[String]] = [
            ["ann", "hunter22", "10.0.0.1", "/live?token=5"], ["a:b@", "p/?#@:%41", "host:554", ""],
        ]
        return addresses.map { [0] + Array($0.utf8) } + parts.map { [1] + Array($0.joined(separator: "\n").utf8) }
    }

    func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        if reader.byte().isMultiple(of: 2) {
            try parse(String(decoding: reader.rest, as: UTF8.self), password: nil, others: "")
        } else {
            let parts = (0..<3).map { _ in String(decoding: reader.part(endingWith: 10), as: UTF8.self) }
            let (user, password, host) = (encoded(parts[0]), encoded(parts[1]), parts[2])
            let path = String(decoding: reader.rest, as: UTF8.self)
            try parse(
                "rtsp://\(user):\(password)@\(host)\(path)", password: parts[1],
                others: [parts[0], user, host + path].joined(separator: " "))
        }
    }

    private func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// - Parameters:
    ///   - password: the one that is certainly in the address
    ///   - others: the other parts, which may be shown
    private func parse(_ text: String, password: String?, others: String) throws {
        do {
            let address = try RTSPAddress(text)
            check(address.name, hides: password, among: others)
            if let password {
                // Another user than the text says would mean that the password is taken for something else.
                Invariant.require(address.hasPassword || password.isEmpty, "a password that was not noticed")
            }
            for given in [nil, "other"] {
                do { _ = try address.parts(password: given) } catch {
                    check("\(error)", hides: password, among: others)
                    throw error
                }
            }
        } catch {
            check("\(error)", hides: password, among: others)
            throw error
        }
    }

    private func check(_ shown: String, hides password: String?, among others: String) {
        // What is too short, or also stands elsewhere in the address, may occur by chance.
        guard let password, password.utf8.count >= 6 else { return }
        for secret in [password, encoded(password)] {
            guard !holds(others, secret), !holds(fixedTexts, secret) else { continue }
            Invariant.require(!holds(shown, secret), "a password is shown: \(shown)")
        }
    }

    /// By bytes: Foundation's search passes over zeros.
    private func holds(_ text: String, _ part: String) -> Bool {
        Array(text.utf8).firstRange(of: Array(part.utf8)) != nil
    }

    private let fixedTexts = """
        an RTSP address is rtsp://user@host:port/path, and this is none; in a user name or password write / as %2F, \
        ? as %3F and # as %23 user and password are too long together: at most 127 bytes, and three for each special \
        character there is a password but no user: write rtsp://user@host/path
        """
}
