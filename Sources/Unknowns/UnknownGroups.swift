import Inference
import Recognition
import VisageCore

/// Finds unknown people who look like one person, or like somebody in the gallery, for a human being to decide.
///
/// Agglomerative with average similarity: two groups become one while the mean similarity over all their pairs reaches the
/// threshold. With embeddings divided by the square roots of their lengths, similarities are dot products, and that mean
/// is the dot product of the groups' mean vectors, so no table of pairs is needed;
/// nearest-neighbor chains (Benzécri 1982, Juan 1982) find the same groups as joining the nearest pair each time.
public struct UnknownGroups: Sendable {
    /// Pairs of strangers that would be suggested: a human being looks at it, so it may be ten times what brings an id
    /// back.
    public static let far = 0.001

    public struct Group: Sendable {
        /// By number.
        public let people: [UnknownPerson]
        /// Mean similarity over all pairs; nil for one alone.
        public let similarity: Double?
        /// The person of the gallery whom they look like, with the mean similarity.
        public let known: (name: String, similarity: Double)?
    }

    public let groups: [Group]
    public let threshold: Double

    /// - Parameters:
    ///   - people: whose embeddings compare
    ///   - gallery: nil for none
    ///   - curve: the embedder's impostor figures
    /// - Throws: `VisageError` (model) if nothing is known of the embedder, (gallery) if the gallery is damaged.
    public init(_ people: [UnknownPerson], gallery: Gallery?, curve: [ModelManifest.ImpostorRate]) throws {
        let threshold = try StrangerRule.similarity(at: Self.far, curve: curve)
        self.threshold = threshold
        let known = try gallery.map { Array(zip($0.people, try $0.means())) } ?? []
        groups = Self.clusters(people, threshold).compactMap { cluster in
            let members = cluster.members.map { people[$0] }.sorted { $0.number < $1.number }
            let best = known.map { ($0, cluster.similarity(to: $1)) }.max { $0.1 < $1.1 }
            let alike = best.flatMap { $0.1 >= threshold ? $0 : nil }
            guard members.count > 1 || alike != nil else { return nil }
            return Group(people: members, similarity: cluster.inner, known: alike)
        }.sorted { ($0.people.first?.number ?? 0) < ($1.people.first?.number ?? 0) }
    }

    private struct Cluster {
        var members: [Int]
        /// Of the members' scaled embeddings.
        var sum: [Float]
        /// Of the squares of these.
        var squares: Float
        var numbers: Set<Int>
        var apart: Set<Int>

        func similarity(to other: Cluster) -> Double {
            // People who were seen side by side are two.
            guard apart.isDisjoint(with: other.numbers), other.apart.isDisjoint(with: numbers),
                sum.count == other.sum.count
            else { return -1 }
            return dot(other.sum) / Double(members.count * other.members.count)
        }

        func similarity(to embedding: Embedding) -> Double {
            sum.count == embedding.dimension ? dot(Cluster.scaled(embedding)) / Double(members.count) : -1
        }

        /// Mean over the pairs within: the square of the sum holds each pair twice and each member once.
        var inner: Double? {
            let count = Double(members.count)
            return count > 1 ? (dot(sum) - Double(squares)) / (count * (count - 1)) : nil
        }

        static func scaled(_ embedding: Embedding) -> [Float] {
            let root = embedding.length.squareRoot()
            return embedding.values.map { $0 / root }
        }

        private func dot(_ other: [Float]) -> Double {
            var total: Float = 0
            for index in sum.indices { total += sum[index] * other[index] }
            return Double(total)
        }

        mutating func join(_ other: Cluster) {
            members += other.members
            for index in sum.indices { sum[index] += other.sum[index] }
            squares += other.squares
            numbers.formUnion(other.numbers)
            apart.formUnion(other.apart)
        }
    }

    private static func clusters(_ people: [UnknownPerson], _ threshold: Double) -> [Cluster] {
        var clusters: [Int: Cluster] = [:]
        for (index, person) in people.enumerated() {
            let values = Cluster.scaled(person.embedding.embedding)
            clusters[index] = Cluster(
                members: [index], sum: values, squares: values.reduce(0) { $0 + $1 * $1 },
                numbers: Set([person.number] + person.also), apart: Set(person.apart))
        }
        var finished: [Cluster] = []
        // Each is the nearest of the one before, until two are each other's.
        var chain: [Int] = []
        while let tip = chain.last ?? clusters.keys.min(), let cluster = clusters[tip] {
            if chain.isEmpty { chain = [tip] }
            let before = chain.dropLast().last
            let nearest = clusters.filter { $0.key != tip }.map { ($0.key, cluster.similarity(to: $0.value)) }
                .max { ($0.1, $0.0 == before ? 1 : 0, -$0.0) < ($1.1, $1.0 == before ? 1 : 0, -$1.0) }
            if let nearest, nearest.1 >= threshold {
                if nearest.0 == before {
                    clusters[nearest.0]?.join(cluster)
                    clusters[tip] = nil
                    chain.removeLast(2)
                } else {
                    chain.append(nearest.0)
                }
            } else {
                finished.append(cluster)
                clusters[tip] = nil
                chain.removeLast()
            }
        }
        return finished
    }
}
