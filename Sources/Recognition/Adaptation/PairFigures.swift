import Inference
import VisageCore

/// How well embeddings tell people apart, over all pairs of photos.
public struct PairFigures: Codable, Sendable, Hashable {
    public var people: Int
    public var photos: Int
    /// Pairs of one person, and of two.
    public var mates: Int
    public var impostors: Int
    /// Mean of the shares of mates and of impostors that the best threshold gets right.
    public var accuracy: Double
    /// Mates accepted where 1 %, or 0.1 %, of the impostors are.
    public var tarAt1Percent: Double
    public var tarAt01Percent: Double

    enum CodingKeys: String, CodingKey {
        case people, photos, mates, impostors, accuracy
        case tarAt1Percent = "tar_at_0.01"
        case tarAt01Percent = "tar_at_0.001"
    }

    /// - Parameter people: each one's embeddings.
    init(_ people: [[Vector]]) {
        var mates = people.flatMap { own in
            own.enumerated().flatMap { number, photo in own.dropFirst(number + 1).map { $0.dot(photo) } }
        }
        var impostors = Self.impostors(people)
        self.people = people.count
        photos = people.reduce(0) { $0 + $1.count }
        self.mates = mates.count
        self.impostors = impostors.count
        mates.sort(by: >)
        impostors.sort(by: >)
        accuracy = Self.accuracy(mates, impostors)
        tarAt1Percent = Self.tar(mates, impostors, far: 0.01)
        tarAt01Percent = Self.tar(mates, impostors, far: 0.001)
    }

    /// Points of the impostor curve, down to the rate that only ten pairs exceed.
    /// - Parameter people: the embeddings of each person.
    package static func impostorRates(_ people: [[Embedding]]) -> [ModelManifest.ImpostorRate] {
        impostorRates(people.map { $0.map { Vector($0.values) } })
    }

    static func impostorRates(_ people: [[Vector]]) -> [ModelManifest.ImpostorRate] {
        let pairs = impostors(people).sorted(by: >)
        return [0.1, 0.01, 0.001, 0.0001].compactMap { far in
            let rank = Int(Double(pairs.count) * far)
            return rank >= 10 ? ModelManifest.ImpostorRate(far: far, similarity: Double(pairs[rank])) : nil
        }
    }

    private static func impostors(_ people: [[Vector]]) -> [Float] {
        people.enumerated().flatMap { index, own in
            own.flatMap { photo in people.dropFirst(index + 1).joined().map { $0.dot(photo) } }
        }
    }

    /// Both sorted, the greatest first.
    private static func tar(_ mates: [Float], _ impostors: [Float], far: Double) -> Double {
        let allowed = Int(Double(impostors.count) * far)
        guard allowed < impostors.count, !mates.isEmpty else { return 0 }
        return Double(mates.count { $0 > impostors[allowed] }) / Double(mates.count)
    }

    private static func accuracy(_ mates: [Float], _ impostors: [Float]) -> Double {
        guard !mates.isEmpty, !impostors.isEmpty else { return 0 }
        var (best, passed) = (0.0, 0)
        for (index, mate) in mates.enumerated() {
            while passed < impostors.count, impostors[passed] >= mate { passed += 1 }
            best = max(
                best,
                (Double(index + 1) / Double(mates.count) + 1 - Double(passed) / Double(impostors.count)) / 2)
        }
        return best
    }
}
