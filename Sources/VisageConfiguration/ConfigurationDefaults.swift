import VisageCore
import Yams

/// Fills in the defaults of a document, and refuses what has no place in it: the keys with a default are the only ones.
struct ConfigurationDefaults {
    private let document: ConfigurationDocument
    /// The default of an element of `cameras`; other lists have single values.
    private let camera: Node

    /// - Returns: the document with every key of the configuration.
    /// - Throws: `VisageError` (configuration) for an unknown key, and for a value of another shape than the default's.
    static func complete(_ document: ConfigurationDocument) throws -> Node {
        let encoder = YAMLEncoder()
        let (defaults, camera) = (
            try Yams.compose(yaml: encoder.encode(Configuration())) ?? Node([:]),
            try Yams.compose(yaml: encoder.encode(Configuration.Camera())) ?? Node([:])
        )
        return try ConfigurationDefaults(document: document, camera: camera)
            .merge(document.root, into: defaults, at: "")
    }

    /// - Parameters:
    ///   - given: what the document has.
    ///   - defaults: what it is merged into.
    ///   - path: the keys that lead there, each followed by a period.
    private func merge(_ given: Node, into defaults: Node, at path: String) throws -> Node {
        if case .sequence(let items) = given, case .sequence = defaults {
            let element = path == "cameras." ? camera : Node("")
            return Node.sequence(Node.Sequence(try items.map { try merge($0, into: element, at: path) }))
        }
        let place = path.isEmpty ? "the file" : "`\(path.dropLast())`"
        if given.null != nil {
            if case .scalar = defaults {
                throw document.failure(
                    line: given.mark?.line, "\(place) is empty; give it a value, or remove it to use the default")
            }
            return defaults
        }
        guard case .mapping(let known) = defaults else {
            switch (defaults, given) {
            case (.sequence, _): throw document.failure(line: given.mark?.line, "\(place) should be a list")
            case (_, .scalar), (_, .alias): return given
            default: throw document.failure(line: given.mark?.line, "\(place) should be one value")
            }
        }
        guard case .mapping(let mapping) = given else {
            throw document.failure(line: given.mark?.line, "\(place) should be keys and values")
        }
        // A mapping that is empty by default, as `controls`, takes any keys.
        return known.isEmpty ? given : .mapping(try merge(mapping, into: known, at: path))
    }

    private func merge(_ given: Node.Mapping, into known: Node.Mapping, at path: String) throws -> Node.Mapping {
        var merged = known
        for (key, value) in given {
            let name = key.string ?? "?"
            guard let old = known[key] else {
                let names = known.keys.compactMap(\.string).sorted().joined(separator: ", ")
                throw document.failure(
                    line: key.mark?.line, "unknown key `\(path)\(name)`; the keys here are \(names)")
            }
            merged[key] = try merge(value, into: old, at: "\(path)\(name).")
        }
        return merged
    }
}
