import Daemon
import Detection
import Footage
import Foundation
import Inference
import Recognition
import VisageCore

/// Tries the stranger rule on films made of photos, through the daemon's own detection, tracking and deciding.
struct FilmTrial {
    /// What came of films with faces of one width; keys as `visage trial --films --json` prints them.
    struct Row: Encodable {
        var people: Int
        var photos: String
        var falseNames: Double
        var draws: Int
        /// Of the faces, in pixels; nil for all widths together.
        var width: Int?
        /// Strangers' tracks, and the share of them that carried a name at any moment, with the exact 95 % interval as if each track
        /// were another person's.
        var strangers: Int
        var fpir: Double
        var fpirLow: Double
        var fpirHigh: Double
        /// Strangers to whom these tracks belong, and those of them who carried a name in any.
        var strangerPeople: Int
        var strangerPeopleNamed: Int
        /// Enrolled people's tracks, and the share of them that had the right name in the end.
        var probes: Int
        var tpir: Double
        /// Seconds from the first sight of an enrolled person to the name, median.
        var namedAfter: Double?

        enum CodingKeys: String, CodingKey {
            case people, photos, draws, width, strangers, fpir, probes, tpir
            case falseNames = "false_names"
            case fpirLow = "fpir_low"
            case fpirHigh = "fpir_high"
            case strangerPeople = "stranger_people"
            case strangerPeopleNamed = "stranger_people_named"
            case namedAfter = "named_after_s"
        }
    }

    private struct Counts {
        /// Tracks: whose, and whether it carried a name.
        var strangers: [(person: String, isSo: Bool)] = []
        var probes = 0
        var right = 0
        var waits: [Double] = []
    }

    /// Photos that one film shows of its person.
    private static let shots = 3

    private let byPerson: [(name: String, photos: [TrialPhotos.Photo])]
    private let parts: TrackRun.Parts
    private let curve: [ModelManifest.ImpostorRate]

    /// - Throws: `VisageError` (model, engine).
    init(_ photos: TrialPhotos, _ networks: Networks, _ embedder: any GalleryEmbedder) throws {
        byPerson = Dictionary(grouping: photos.photos, by: \.person).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
        var options = DetectorOptions()
        options.minimumScore = DetectorKind.yunet.scores.weak
        parts = TrackRun.Parts(
            detector: try networks.detector(.yunet, options), scores: DetectorKind.yunet.scores, embedder: embedder,
            classifier: nil, concurrency: networks.concurrency)
        curve = embedder.impostors
    }

    /// - Returns: a row for each width and one for all; nil if too few people have enough photos.
    /// - Throws: `VisageError`.
    func run(_ cell: OpenSetTrial.Cell, draws: Int, widths: [Int], maxFilms: Int?) throws -> [Row]? {
        var counts = [Counts](repeating: Counts(), count: widths.count)
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
                let progress = Progress("\(cell.people) people, \(film.name)", total: film.count)
                let run = try TrackRun(film, parts, progress: progress.update)
                progress.finish()
                count(run, film, Set(gallery.names), &counts[index])
            }
        }
        var all = Counts()
        for count in counts {
            all.strangers += count.strangers
            all.probes += count.probes
            all.right += count.right
            all.waits += count.waits
        }
        return zip(widths.map(Optional.some) + [nil], counts + [all]).map { row(cell, draws, $0, $1) }
    }

    /// Every person's photos but the enrolled ones, a few to a film; films of different people follow each other.
    private func passages(besides enrolled: [Int: Set<Int>], maxFilms: Int?) -> [PassersBy.Passage] {
        var passages: [(turn: Int, passage: PassersBy.Passage)] = []
        for (index, person) in byPerson.enumerated() {
            let photos = person.photos.enumerated().filter { enrolled[index]?.contains($0.offset) != true }
            let shots = photos.map { PassersBy.Shot(photo: $0.element.url, face: $0.element.face.box) }
            for (turn, start) in stride(from: 0, to: shots.count, by: Self.shots).enumerated() {
                passages.append(
                    (
                        turn,
                        .init(person: person.name, shots: Array(shots[start..<min(start + Self.shots, shots.count)]))
                    ))
            }
        }
        var strangers = 0
        let names = Set(enrolled.keys.map { byPerson[$0].name })
        return passages.sorted { $0.turn < $1.turn }.map(\.passage).filter { passage in
            guard !names.contains(passage.person) else { return true }
            strangers += 1
            return strangers <= maxFilms ?? .max
        }
    }

    /// What one track showed of one passage: a track that goes on with another person counts for each of them.
    private struct Sighting {
        let person: String
        let first: Double
        var named: Double?
        var isEverNamed = false
        var name: String?
    }

    private struct Place: Hashable {
        let track: Int
        let passage: Int
    }

    private func count(_ run: TrackRun, _ film: PassersBy, _ known: Set<String>, _ counts: inout Counts) {
        /// When a face was first seen in a passage, under a number or not.
        var begins: [Int: Double] = [:]
        var sightings: [Place: Sighting] = [:]
        for event in run.events where event.type == .frame {
            guard let frame = event.frame else { continue }
            let now = Double(frame.ptsMs) / 1000
            for face in event.faces ?? [] {
                guard let passage = film.passage(at: Event.box(face.box).centre, frame: frame.number) else { continue }
                let begin = begins[passage, default: now]
                begins[passage] = begin
                guard let track = face.track else { continue }
                let place = Place(track: track, passage: passage)
                var sighting = sightings[place] ?? Sighting(person: film.passages[passage].person, first: begin)
                sighting.name = face.name
                if face.name != nil { sighting.isEverNamed = true }
                if face.name == sighting.person, sighting.named == nil { sighting.named = now }
                sightings[place] = sighting
            }
        }
        for sighting in sightings.values {
            if known.contains(sighting.person) {
                counts.probes += 1
                guard sighting.name == sighting.person else { continue }
                counts.right += 1
                if let named = sighting.named { counts.waits.append(named - sighting.first) }
            } else {
                counts.strangers.append((sighting.person, sighting.isEverNamed))
            }
        }
    }

    private func row(_ cell: OpenSetTrial.Cell, _ draws: Int, _ width: Int?, _ counts: Counts) -> Row {
        let rate = MeasuredRate(counts.strangers)
        let named = Set(counts.strangers.filter(\.isSo).map(\.person))
        let waits = counts.waits.sorted()
        return Row(
            people: cell.people, photos: PhotoCount(cell.photos).description, falseNames: cell.falseNames, draws: draws,
            width: width, strangers: counts.strangers.count, fpir: Event.rounded(rate.rate),
            fpirLow: Event.rounded(rate.low),
            fpirHigh: Event.rounded(rate.high), strangerPeople: rate.people, strangerPeopleNamed: named.count,
            probes: counts.probes,
            tpir: Event.rounded(Double(counts.right) / Double(max(1, counts.probes))),
            namedAfter: waits.isEmpty ? nil : Event.rounded(waits[waits.count / 2]))
    }

    static func table(_ rows: [Row]) -> String {
        markdown(
            [
                "people", "photos", "at most", "face width", "strangers' tracks", "named", "95 % interval",
                "strangers named",
                "enrolled people's tracks", "right", "median time to the name",
            ],
            rows.map { row in
                [
                    "\(row.people)", row.photos, percent(row.falseNames), row.width.map { "\($0)" } ?? "all",
                    "\(row.strangers)", percent(row.fpir), "\(percent(row.fpirLow)) to \(percent(row.fpirHigh))",
                    "\(row.strangerPeopleNamed) of \(row.strangerPeople)",
                    "\(row.probes)", decimals(row.tpir, 3), row.namedAfter.map { "\(decimals($0, 2)) s" } ?? "–",
                ]
            })
    }
}
