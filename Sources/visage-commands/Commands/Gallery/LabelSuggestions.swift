import Unknowns
import VisageCore

/// What `visage label --suggest --json` prints.
struct LabelSuggestions: Encodable {
    let threshold: Double
    let groups: [Group]

    struct Group: Encodable {
        let ids: [String]
        let similarity: Double?
        let name: String?
        let nameSimilarity: Double?

        enum CodingKeys: String, CodingKey {
            case ids, similarity, name
            case nameSimilarity = "name_similarity"
        }
    }

    init(_ found: UnknownGroups) {
        threshold = found.threshold.roundedToFourDecimals
        groups = found.groups.map { group in
            Group(
                ids: group.people.map(\.id), similarity: group.similarity?.roundedToFourDecimals,
                name: group.known?.name, nameSimilarity: group.known?.similarity.roundedToFourDecimals)
        }
    }
}
