import Foundation
import Inference
import Recognition
import TestSupport
import VisageCore

@testable import Unknowns

/// `person.json` of an unknown person, and the file `numbers`, each ended by a zero byte.
struct UnknownPersonTarget: FuzzTarget {
    static let name = "unknown-person"

    private static let embeddings = (0..<3).map { Person.embedding($0) }
    private static let origin = EmbedderOrigin(
        id: "fake", sha256: String(repeating: "a", count: 64), crop: "square", standardisation: "none",
        precision: "f32")

    private static func person(_ number: Int) -> UnknownPerson {
        UnknownPerson(
            number: number, also: [number + 6], apart: [number + 1], firstSeen: Date(timeIntervalSince1970: 1.7e9),
            lastSeen: Date(timeIntervalSince1970: 1.7e9), visits: 1, cameras: ["door"], embedder: origin,
            embedding: StoredEmbedding(embeddings[0]), weight: 2,
            views: [
                .init(
                    file: "view-1.jpg", taken: Date(timeIntervalSince1970: 1.7e9), quality: 0.5,
                    embedding: StoredEmbedding(embeddings[0]))
            ])
    }

    private static func record(_ person: UnknownPerson) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(person))
    }

    static func seeds() throws -> [[UInt8]] {
        var former = person(1)
        former.schema = 1
        return try [person(1), former].map { try record($0) + [0] + Array("12\n".utf8) }
    }

    private let scratch: ScratchFolder
    private let store: UnknownStore

    init() throws {
        scratch = try ScratchFolder()
        store = UnknownStore(scratch.url)
        for number in 1...2 {
            try store.write(Self.person(number), pictures: [:], isNew: true)
        }
    }

    func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        try Data(reader.part(endingWith: 0)).write(to: store.place(of: 1).appending(path: UnknownStore.personFile))
        try Data(reader.rest).write(to: scratch.file("numbers"))
        let content = try store.load()
        for (_, reason) in content.leftOut {
            Invariant.require(!reason.contains(where: \.isNewline), "a reason in several lines")
        }
        let memory = UnknownMemory(
            UnknownSettings(), embedder: Self.origin, curve: madeUpCurve, people: content.people,
            highest: content.highest, files: ["clip"])
        let door = memory.camera("door", isStart: true)
        for (track, embedding) in Self.embeddings.enumerated() {
            let face = UnknownFace(embedding: embedding, weight: 2, isClear: true)
            let id = door.recognize(face, track: track, besides: [], at: Date(timeIntervalSince1970: 1.7e9))
            Invariant.require(UnknownPerson.number(of: id) != nil, "an id that is none: \(id)")
            door.learn(face, track: track, at: Date(timeIntervalSince1970: 1.7e9))
            door.leave(track: track)
        }
        _ = try UnknownGroups(content.people, gallery: nil, curve: madeUpCurve)
        // What was read can be written again.
        for person in content.people {
            Invariant.require((try? Self.record(person)) != nil, "a person who cannot be written")
        }
    }
}
