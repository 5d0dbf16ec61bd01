import Foundation
import Inference
import Recognition
import TestSupport
import Unknowns
import VisageCore

/// People who are made up, and a memory for them.
enum Strangers {
    static let origin = EmbedderOrigin(
        id: "fake", sha256: String(repeating: "a", count: 64), crop: "square", standardisation: "none",
        precision: "f32")
    static let otherOrigin = EmbedderOrigin(
        id: "other", sha256: String(repeating: "b", count: 64), crop: "square", standardisation: "none",
        precision: "f32")
    /// FaceNet-128's.
    static let curve = [(0.01, 0.379), (0.001, 0.509), (0.0001, 0.612), (0.00001, 0.696)].map {
        ModelManifest.ImpostorRate(far: $0.0, similarity: $0.1)
    }
    static let day = 86_400.0
    static let start = Date()

    static func embedding(_ person: Int, view: Int = 0, spread: Float = 0.3) -> Embedding {
        var center = SeededRandom(UInt64(1000 + person))
        var noise = SeededRandom(UInt64(person * 1000 + view))
        let raw = (0..<128).map { _ in center.normal() + spread * noise.normal() }
        guard let embedding = Embedding(normalizing: raw) else { preconditionFailure("it has a length") }
        return embedding
    }

    /// Half like one, half like the other.
    static func between(_ one: Int, _ other: Int) -> Embedding {
        let parts = [(embedding: embedding(one), weight: 1.0), (embedding: embedding(other), weight: 1.0)]
        guard let embedding = Embedding.mean(parts) else {
            preconditionFailure("it has a length")
        }
        return embedding
    }

    static func face(_ person: Int, view: Int = 0, isClear: Bool = true) -> UnknownFace {
        UnknownFace(embedding: embedding(person, view: view), weight: isClear ? 2 : 0.2, isClear: isClear)
    }

    static func view(_ person: Int, _ view: Int, quality: Double = 0.8, at time: Date = start) -> FaceView {
        FaceView(
            picture: Pictures.plain(width: 64, height: 64, y: UInt8(20 + view)),
            sample: FaceSample(
                embedding: embedding(person, view: view, spread: 1),
                quality: FaceQuality(size: quality, pose: 1, sharpness: 1, score: 1, completeness: 1, clarity: 1)),
            taken: time)
    }

    static func memory(
        _ settings: UnknownSettings = UnknownSettings(), people: [UnknownPerson] = [], files: [String] = [],
        isLive: Bool = true
    ) -> UnknownMemory {
        UnknownMemory(
            settings, embedder: origin, curve: curve, people: people, files: files, hasLiveCameras: isLive)
    }
}

extension UnknownPeople {
    /// A whole visit.
    @discardableResult func visit(
        _ person: Int, track: Int, view: Int = 0, besides others: Set<String> = [], views: Int = 0,
        at time: Date = Strangers.start
    ) -> String {
        let face = Strangers.face(person, view: view)
        let id = recognize(face, track: track, besides: others, at: time)
        for number in 0..<views { keep(Strangers.view(person, number, at: time), track: track) }
        learn(face, track: track, at: time)
        leave(track: track)
        return id
    }
}
