import VisageCore

/// How much of a person a photo can teach, by its detail. Blurred and dark photos of different people resemble each other:
/// strangers seen under the same conditions would get their names.
package enum EnrollmentRule {
    /// Below this detail a photo is refused: of LFW photos blurred or darkened so far, one pair of strangers in a hundred
    /// is as similar as one in ten thousand of sound photos.
    static let minDetail = 0.06
    /// From this detail on, strangers are no more alike than in sound photos.
    private static let fullDetail = 0.2
    /// Length of the embedding of a photo in between: similarities to it shrink to 0.87, which takes one pair of strangers
    /// in ten thousand from 0.54 to 0.47, below the 0.48 of sound photos.
    private static let reducedLength: Float = 0.75

    /// The photo's embedding as the gallery keeps it; nil for a photo that nobody can be learned from.
    package static func embedding(of sample: FaceSample) -> Embedding? {
        let detail = sample.quality.detail
        if detail < minDetail { return nil }
        return detail < fullDetail
            ? Embedding(mean: sample.embedding.values.map { $0 * reducedLength }) : sample.embedding
    }
}
