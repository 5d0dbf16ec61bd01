import Foundation
import Inference
import ModelLoading
import Recognition
import VisageCore

/// Measures how often strangers get a name, and enrolled people theirs, on films that are made of photos. The films go
/// through the daemon's own detection, tracking and deciding.
package struct FilmTrial {
    /// Number of photos that one film shows of its person, one after the other.
    private let shots: Int
    private let byPerson: [(name: String, photos: [TrialPhotos.Photo])]
    private let parts: TrackRunParts
    private let curve: [ModelManifest.ImpostorRate]

    /// - Parameter shots: number of photos that one film shows of its person, one after the other.
    /// - Throws: `VisageError` (model, engine).
    package init(_ photos: TrialPhotos, shots: Int, _ networks: Networks, _ embedder: any GalleryEmbedder) throws {
        self.shots = shots
        byPerson = Dictionary(grouping: photos.photos, by: \.person).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
        parts = try TrackRunParts(networks, detector: .yunet, embedder: embedder, classifier: nil)
        curve = embedder.impostors
    }

    /// - Parameters:
    ///   - draws: number of galleries that are drawn.
    ///   - widths: of the faces in the films, in pixels.
    ///   - maxFilms: strangers' films for each width at most; nil for no limit.
    ///   - progress: shows the progress of each run.
    /// - Returns: a row for each width and one for all; nil if too few people have enough photos.
    /// - Throws: `VisageError`.
    package func run(
        _ cell: OpenSetTrial.Cell, draws: Int, widths: [Int], maxFilms: Int?, progress: ProgressStart
    ) throws -> [FilmTrialRow]? {
        var counts = [FilmTrialCounts](repeating: FilmTrialCounts(), count: widths.count)
        for draw in 0..<draws {
            guard
                let gallery = try GalleryDraw(
                    byPerson.map { ($0.name, $0.photos.map(\.sample)) }, cell, seed: UInt64(draw + 1), curve: curve)
            else { return nil }
            var parts = parts
            parts.classifier = gallery.classifier
            let passages = passages(besides: gallery.enrolled, maxFilms: maxFilms)
            for (index, width) in widths.enumerated() {
                let film = PassersBy(passages, faceWidth: Double(width), seed: UInt64(draw * 100 + index))
                let display = progress("\(cell.people) people, \(film.name)", film.count)
                let run = try TrackRun(film, parts, progress: display.update)
                display.finish()
                counts[index].add(run.events, of: film, enrolled: Set(gallery.names))
            }
        }
        let all = counts.reduce(into: FilmTrialCounts()) { $0.add($1) }
        return zip(widths.map(Optional.some) + [nil], counts + [all]).map {
            FilmTrialRow(cell, draws: draws, width: $0, $1)
        }
    }

    /// Divides each person's photos, except the enrolled ones, into films of a few photos. The films of one person do not
    /// follow each other directly.
    private func passages(besides enrolled: [Int: Set<Int>], maxFilms: Int?) -> [PassersBy.Passage] {
        var passages: [(round: Int, passage: PassersBy.Passage)] = []
        for (index, person) in byPerson.enumerated() {
            let photos = person.photos.enumerated().filter { enrolled[index]?.contains($0.offset) != true }
            let shots = photos.map { PassersBy.Shot(photo: $0.element.url, face: $0.element.face.box) }
            for (round, start) in stride(from: 0, to: shots.count, by: self.shots).enumerated() {
                passages.append(
                    (
                        round,
                        .init(person: person.name, shots: Array(shots[start..<min(start + self.shots, shots.count)]))
                    ))
            }
        }
        var strangers = 0
        let names = Set(enrolled.keys.map { byPerson[$0].name })
        return passages.sorted { $0.round < $1.round }.map(\.passage).filter { passage in
            guard !names.contains(passage.person) else { return true }
            strangers += 1
            return strangers <= maxFilms ?? .max
        }
    }
}
