import Foundation
import VisageCore

extension UnknownPerson {
    /// From 1970 to the year 9999.
    private static let times = 0...253_402_300_799.0
    private static let maxVisits = 1_000_000_000_000_000

    /// Whether every number is one that the daemon can have written: nothing that is computed from them overflows.
    var isSound: Bool {
        ([number] + also + apart).allSatisfy(UnknownNumber.isValid)
            && (0...Self.maxVisits).contains(visits) && (0...1000).contains(weight)
            && [firstSeen, lastSeen, born ?? firstSeen].allSatisfy { Self.times.contains($0.timeIntervalSince1970) }
            && embedding.isSound && views.allSatisfy(\.isSound) && Set(views.map(\.file)).count == views.count
    }

    /// With no more in its lists than the daemon writes now.
    func trimmed() -> UnknownPerson {
        var person = self
        person.also = Array(Set(also).sorted().suffix(Self.maxAlso))
        person.apart = Array(apart.suffix(Self.maxApart))
        person.cameras = Array(cameras.prefix(Self.maxCameras))
        return person
    }
}

extension UnknownPerson.View {
    private static let times = 0...253_402_300_799.0

    fileprivate var isSound: Bool {
        MemoryEntry.viewNumber(file) != nil && (0...1.001).contains(quality) && embedding.isSound
            && Self.times.contains(taken.timeIntervalSince1970)
    }
}

extension StoredEmbedding {
    /// No network has longer embeddings.
    private static let maxDimension = 4096

    fileprivate var isSound: Bool { (1...Self.maxDimension).contains(embedding.dimension) }
}
