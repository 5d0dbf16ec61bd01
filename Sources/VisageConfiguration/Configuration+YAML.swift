import Foundation
import VisageCore
import Yams

extension Configuration {
    /// The configuration as YAML that `ConfigurationFile` can read: every key with the value in use.
    ///
    /// Users and passwords in the addresses of cameras are left out; a comment names the cameras that this concerns.
    /// - Throws: errors of the YAML encoder.
    public func yaml() throws -> String {
        var copy = self
        var redacted: [String] = []
        for index in copy.cameras.indices where RTSPAddress.isOne(copy.cameras[index].source) {
            let source = copy.cameras[index].source
            // An address that cannot be parsed is refused when it is read; if one comes here all the same, no part of
            // it is known to be free of secrets.
            let shown = (try? RTSPAddress(source))?.name ?? "rtsp://"
            copy.cameras[index].source = shown
            if shown.lowercased() != source.lowercased() { redacted.append(copy.cameras[index].name) }
        }
        let node = try Yams.compose(yaml: YAMLEncoder().encode(copy)) ?? Node([:])
        let comment = "# Left out here: users and passwords in the sources of \(redacted.joined(separator: ", ")).\n"
        return try (redacted.isEmpty ? "" : comment) + Yams.serialize(node: Self.tidied(node))
    }

    /// The same with numbers as a person writes them (the encoder writes 20 as 2e+1), and with the controls of a camera,
    /// which come in any order, sorted by name.
    private static func tidied(_ node: Node, isSorted: Bool = false) -> Node {
        switch node {
        case .mapping(let mapping):
            let pairs = mapping.map { key, value in
                (key, tidied(value, isSorted: key.string == Camera.CodingKeys.controls.stringValue))
            }
            return Node(isSorted ? pairs.sorted { $0.0 < $1.0 } : pairs)
        case .sequence(let sequence):
            return Node(sequence.map { tidied($0) })
        default:
            guard node.tag == Tag(.float), let number = node.float else { return node }
            return Node(number.withoutZeroFraction)
        }
    }
}
