import VisageCore

extension Gallery.Description {
    /// Whether every number is one that training can have written. A checksum tells nothing about who wrote it.
    var isSound: Bool {
        Set(people.map(\.name)).count == people.count
            && people.allSatisfy { !$0.name.isEmpty && $0.photos > 0 && $0.photos <= Int(UInt32.max) }
            && (0...4096).contains(detector.input) && calibration.rule.isSound
            && [calibration.strangers, calibration.leftOut, calibration.recognized].allSatisfy { $0?.isSound ?? true }
            && Set(files.keys).isSubset(of: GalleryFile.partNames)
    }
}

extension MeasuredRate {
    fileprivate var isSound: Bool {
        photos >= 0 && (0...photos).contains(count) && people >= 0
            && [rate, low, high].allSatisfy { (0...1).contains($0) }
    }
}

extension Gallery.Sample {
    /// Whether each person of the description has as many photos as it says, each with a quality.
    static func areSound(_ samples: [Gallery.Sample], for description: Gallery.Description) -> Bool {
        var counts = [Int](repeating: 0, count: description.people.count)
        for sample in samples {
            guard counts.indices.contains(sample.person), (0...1.001).contains(sample.quality) else { return false }
            counts[sample.person] += 1
        }
        return counts == description.people.map(\.photos)
    }
}
