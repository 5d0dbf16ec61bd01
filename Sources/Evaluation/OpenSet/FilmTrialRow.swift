import Recognition
import VisageCore

/// The result of films with faces of one width; keys as `visage trial --films --json` prints them.
package struct FilmTrialRow: Encodable {
    package let people: Int
    package let photos: String
    package let falseNames: Double
    package let draws: Int
    /// Width of the faces in pixels; nil for all widths together.
    package let width: Int?
    /// Number of strangers' tracks, and the share of them that carried a name at any moment, with the exact 95 % interval
    /// as if each track were another person's.
    package let strangers: Int
    package let fpir: Double
    package let fpirLow: Double
    package let fpirHigh: Double
    /// Number of strangers to whom these tracks belong, and of those who carried a name in any of them.
    package let strangerPeople: Int
    package let strangerPeopleNamed: Int
    /// Number of tracks of enrolled people, and the share of them that had the right name in the end.
    package let probes: Int
    package let tpir: Double
    /// Median of the seconds from the first sight of an enrolled person to the name.
    package let namedAfter: Double?

    enum CodingKeys: String, CodingKey {
        case people, photos, draws, width, strangers, fpir, probes, tpir
        case falseNames = "false_names"
        case fpirLow = "fpir_low"
        case fpirHigh = "fpir_high"
        case strangerPeople = "stranger_people"
        case strangerPeopleNamed = "stranger_people_named"
        case namedAfter = "named_after_s"
    }

    package init(_ cell: OpenSetTrial.Cell, draws: Int, width: Int?, _ counts: FilmTrialCounts) {
        people = cell.people
        photos = cell.photosText
        falseNames = cell.falseNames
        self.draws = draws
        self.width = width
        let rate = MeasuredRate(counts.strangers)
        strangers = counts.strangers.count
        (fpir, fpirLow, fpirHigh) = (
            rate.rate.roundedToFourDecimals, rate.low.roundedToFourDecimals, rate.high.roundedToFourDecimals
        )
        strangerPeople = rate.people
        strangerPeopleNamed = Set(counts.strangers.filter(\.isSo).map(\.person)).count
        probes = counts.probes
        tpir = (Double(counts.right) / Double(max(1, counts.probes))).roundedToFourDecimals
        let waits = counts.waits.sorted()
        namedAfter = waits.isEmpty ? nil : (waits[waits.count / 2]).roundedToFourDecimals
    }
}
