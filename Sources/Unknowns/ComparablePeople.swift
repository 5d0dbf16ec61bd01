import Foundation
import Imaging
import Recognition
import VisageCore

/// Unknown people as one embedder sees them: whom another network embedded is embedded anew, from the pictures that are
/// kept. Nothing of it is written.
public struct ComparablePeople {
    public let people: [UnknownPerson]
    /// People of whom no usable picture is kept.
    public let others: [UnknownPerson]

    /// - Parameters:
    ///   - people: of the store
    ///   - reader: with the embedder that has `origin`
    /// - Throws: `VisageError` (engine).
    public init(_ people: [UnknownPerson], in store: UnknownStore, origin: EmbedderOrigin, reader: PhotoReader) throws {
        var comparable: [UnknownPerson] = []
        var others: [UnknownPerson] = []
        for var person in people {
            if !person.embedder.isCompatible(with: origin) {
                let samples = try person.views.compactMap { view in
                    try (try? Photo.read(store.place(of: person.number).appending(path: view.file)))
                        .flatMap { try reader.readUsable($0, choice: .largest)?.sample }
                }
                guard let fused = Embedding.mean(samples.map { ($0.embedding, max(0.05, $0.quality.overall)) }) else {
                    others.append(person)
                    continue
                }
                (person.embedder, person.embedding) = (origin, StoredEmbedding(fused))
            }
            comparable.append(person)
        }
        (self.people, self.others) = (comparable, others)
    }
}
