import Foundation
import Recognition
import VisageCore

/// The data of a comparison of detectors and methods. What needs missing data is not measured.
package struct ComparisonMaterial {
    /// Photos to train on, and other photos of the same people to test with.
    package var train: FacesFolder?
    package var probes: FacesFolder?
    package var pairs: LFWPairs?
    /// The image folder of the pairs.
    package var images: URL?
    package var truth: DetectionTruth?
    /// Frames to measure times on.
    package var frames: [PixelBuffer]

    package init(
        train: FacesFolder? = nil, probes: FacesFolder? = nil, pairs: LFWPairs? = nil, images: URL? = nil,
        truth: DetectionTruth? = nil, frames: [PixelBuffer] = []
    ) {
        self.train = train
        self.probes = probes
        self.pairs = pairs
        self.images = images
        self.truth = truth
        self.frames = frames
    }
}
