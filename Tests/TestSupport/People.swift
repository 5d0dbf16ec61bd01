import Foundation
import Inference
import Recognition
import Unknowns
import VisageCore

/// A made-up person: an embedding, and where the face is at which time.
package struct Person: Sendable {
    package let name: String
    package var embedding: Embedding
    package var quality = 0.6
    /// Turned aside so far that a view says nothing.
    package var isInProfile = false
    /// Turned aside so far that a view is no evidence, but can be compared.
    package var isTurnedAway = false
    /// Whether the face looks straight into the camera, rather than a little aside.
    package var isFrontal = true
    /// Whether the face has a pattern of its own in the picture, which otherwise is plain: then it looks like nobody.
    package var isDrawn = false
    /// Left edge of the face at a time in seconds; nil while away.
    package var place: @Sendable (Double) -> Double?

    package init(
        name: String, embedding: Embedding, quality: Double = 0.6, isInProfile: Bool = false, isFrontal: Bool = true,
        isDrawn: Bool = false, place: @escaping @Sendable (Double) -> Double?
    ) {
        self.name = name
        self.embedding = embedding
        self.quality = quality
        self.isInProfile = isInProfile
        self.isFrontal = isFrontal
        self.isDrawn = isDrawn
        self.place = place
    }

    package static let size = 100.0

    package func face(at time: Double) -> Face? {
        place(time).map { x in
            Face(
                box: BoundingBox(x: x, y: 150, width: Self.size, height: Self.size),
                landmarks: isInProfile
                    ? Self.profile(x)
                    : Landmarks(
                        rightEye: Point(x: x + 30, y: 185), leftEye: Point(x: x + 70, y: 185),
                        nose: Point(x: x + (isTurnedAway ? 69.4 : isFrontal ? 50 : 58), y: 207),
                        rightMouth: Point(x: x + 35, y: 225), leftMouth: Point(x: x + 65, y: 225)),
                score: 0.95)
        }
    }

    /// As far to the side as makes a view worth nothing.
    private static func profile(_ x: Double) -> Landmarks {
        Landmarks(
            rightEye: Point(x: x + 30, y: 185), leftEye: Point(x: x + 40, y: 185), nose: Point(x: x + 90, y: 207),
            rightMouth: Point(x: x + 35, y: 225), leftMouth: Point(x: x + 45, y: 225))
    }

    /// Luma of a point of the face, both coordinates 0..<1.
    package func luma(_ x: Double, _ y: Double) -> UInt8 {
        let seed = name.utf8.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
        var random = SplitMix(seed: seed &+ UInt64(x * 8) &+ 8 * UInt64(y * 8))
        return UInt8(40 + random.next() % 160)
    }

    /// What the embedder would say of this person in that frame: never twice quite the same.
    package func sample(frame: Int) -> FaceSample {
        var random = SeededRandom(UInt64(frame &* 31) &+ UInt64(name.utf8.reduce(0) { $0 &+ UInt64($1) }))
        let raw = embedding.values.map { $0 + 0.02 * random.normal() }
        let view = Embedding(normalizing: raw) ?? embedding
        return FaceSample(
            embedding: view,
            quality: FaceQuality(size: quality, pose: 1, sharpness: 1, score: 1, completeness: 1, clarity: 1))
    }

    /// Along axis number `axis` of 64: nobody is like anybody else.
    package static func embedding(_ axis: Int, leaningTo other: Int? = nil, by similarity: Float = 0) -> Embedding {
        var values = [Float](repeating: 0, count: 64)
        values[axis] = (1 - similarity * similarity).squareRoot()
        if let other { values[other] = similarity }
        guard let embedding = Embedding(normalizing: values) else {
            preconditionFailure("the vector has a length")
        }
        return embedding
    }

    package static func ann(_ place: @escaping @Sendable (Double) -> Double?) -> Person {
        Person(name: "Ann", embedding: embedding(0), place: place)
    }

    package static func bob(_ place: @escaping @Sendable (Double) -> Double?) -> Person {
        Person(name: "Bob", embedding: embedding(1), place: place)
    }

    package static func stranger(_ place: @escaping @Sendable (Double) -> Double?) -> Person {
        Person(name: "a stranger", embedding: embedding(9), place: place)
    }
}

/// Knows Ann and Bob.
package struct TwoPeople: IdentityClassifier {
    package let trackThreshold = 0.45

    package init() {}

    package func classify(_ embedding: Embedding) -> Match? {
        let similarities = [("Ann", 0), ("Bob", 1)].map {
            ($0.0, Person.embedding($0.1).similarity(embedding))
        }
        .sorted { $0.1 > $1.1 }
        return Match(
            name: similarities[0].0, probability: 0.9, similarity: similarities[0].1,
            margin: similarities[0].1 - similarities[1].1, accepted: similarities[0].1 >= trackThreshold)
    }
}

/// A gallery of Ann and Bob, as a pipeline asks for it.
package let annAndBob: @Sendable () -> (any IdentityClassifier)? = { TwoPeople() }

/// Unknown people in memory alone.
package func memory(people: [UnknownPerson] = []) -> UnknownMemory {
    let origin = EmbedderOrigin(
        id: "fake", sha256: String(repeating: "a", count: 64), crop: "square", standardisation: "none",
        precision: "f32")
    return UnknownMemory(UnknownSettings(), embedder: origin, curve: madeUpCurve, people: people)
}

package let madeUpCurve = [(0.01, 0.38), (0.0001, 0.61)].map { ModelManifest.ImpostorRate(far: $0.0, similarity: $0.1) }
