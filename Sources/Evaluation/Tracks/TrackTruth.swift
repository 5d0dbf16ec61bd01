import Footage
import Foundation
import Tracking
import VisageCore

/// The figures of a run over footage with known identities.
struct TrackTruth: Encodable {
    /// Stays of a person in the picture for which a track was expected.
    let stays: Int
    let tracks: Int
    let switches: [Switch]
    let idf1: Double
    let recall: Double
    let precision: Double
    /// Names and unknown ids given over all stays, and how many of them were given to more than one person.
    let identities: Int
    let shared: Int
    /// Names given to the wrong person.
    let wrongNames: Int

    struct Switch: Encodable {
        /// Seconds.
        let at: Double
        let person: String
        /// Tracks.
        let from: Int
        let to: Int
    }

    enum CodingKeys: String, CodingKey {
        case stays, tracks, switches, idf1, recall, precision, identities, shared
        case wrongNames = "wrong_names"
    }

    /// nil if the identities in the footage are not known.
    init?(_ footage: any Footage, _ run: TrackRun, _ told: [TrackTold]) {
        var score = TrackingScore()
        var tracksOf: [String: Set<Int>] = [:]
        var isKnown = false
        var switches: [Switch] = []
        for event in run.events where event.type == .frame {
            guard let number = event.frame?.number, let people = footage.people(in: number) else { continue }
            isKnown = true
            let faces = (event.faces ?? []).compactMap { face in
                face.track.map { ($0, Event.box(face.box)) }
            }
            let found = score.add(
                people.map { .init(id: $0.stay, box: $0.box, counts: $0.isWhole) }, told: faces,
                isComplete: footage.isComplete)
            for person in people {
                if let track = found.tracks[person.stay] { tracksOf[person.name, default: []].insert(track) }
                switches += found.switches.filter { $0.person == person.stay }.map {
                    Switch(
                        at: Double(event.frame?.ptsMs ?? 0) / 1000, person: person.name, from: $0.from, to: $0.to)
                }
            }
        }
        guard isKnown else { return nil }
        let figures = score.figures
        (stays, tracks) = (figures.people, figures.tracks)
        self.switches = switches
        (idf1, recall, precision) = (
            Event.rounded(figures.idf1), Event.rounded(figures.recall), Event.rounded(figures.precision)
        )
        var owners: [String: Set<String>] = [:]
        var wrong: Set<String> = []
        for (person, tracks) in tracksOf {
            for track in told where tracks.contains(track.track) {
                for identity in track.names + (track.unknownID.map { [$0] } ?? []) {
                    owners[identity, default: []].insert(person)
                }
                wrong.formUnion(track.names.filter { $0 != person }.map { "\($0) for \(person)" })
            }
        }
        identities = owners.count
        shared = owners.values.count { $0.count > 1 }
        wrongNames = wrong.count
    }
}
