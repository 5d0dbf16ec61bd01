import VisageCore

/// The figures of a run over footage with known identities. Keys as `visage tracks --json` prints them.
package struct TrackTruth: Encodable {
    /// Number of stays of a person in the picture for which a track was expected.
    package let stays: Int
    package let tracks: Int
    package let switches: [Switch]
    package let idf1: Double
    package let recall: Double
    package let precision: Double
    /// Names and unknown ids given over all stays, and how many of them were given to more than one person.
    package let identities: Int
    package let shared: Int
    /// Names given to the wrong person.
    package let wrongNames: Int

    /// An identity switch.
    package struct Switch: Encodable {
        /// PTS of the frame in seconds.
        package let at: Double
        package let person: String
        /// Numbers of the tracks.
        package let from: Int
        package let to: Int
    }

    enum CodingKeys: String, CodingKey {
        case stays, tracks, switches, idf1, recall, precision, identities, shared
        case wrongNames = "wrong_names"
    }

    /// nil if the identities in the footage are not known.
    package init?(_ footage: any Footage, _ run: TrackRun, _ summaries: [TrackSummary]) {
        var score = TrackingScore()
        /// The tracks of each person, by name.
        var tracksOf: [String: Set<Int>] = [:]
        var isKnown = false
        var switches: [Switch] = []
        for event in run.events {
            guard case .frame(let frame, let shown, _) = event.content, let people = footage.people(in: frame.number)
            else { continue }
            isKnown = true
            let faces = shown.compactMap { face in face.track.map { ($0, face.face.box) } }
            let found = score.add(
                people.map { .init(id: $0.stay, box: $0.box, counts: $0.isWhole) }, tracked: faces,
                isComplete: footage.isComplete)
            for person in people {
                if let track = found.tracks[person.stay] { tracksOf[person.name, default: []].insert(track) }
                switches += found.switches.filter { $0.person == person.stay }.map {
                    Switch(
                        at: frame.pts.milliseconds.rounded() / 1000, person: person.name, from: $0.from, to: $0.to)
                }
            }
        }
        guard isKnown else { return nil }
        let figures = score.figures
        (stays, tracks) = (figures.people, figures.tracks)
        self.switches = switches
        (idf1, recall, precision) = (
            figures.idf1.roundedToFourDecimals, figures.recall.roundedToFourDecimals,
            figures.precision.roundedToFourDecimals
        )
        /// The people who got each name or unknown id.
        var owners: [String: Set<String>] = [:]
        var wrong: Set<String> = []
        for (person, tracks) in tracksOf {
            for track in summaries where tracks.contains(track.track) {
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
