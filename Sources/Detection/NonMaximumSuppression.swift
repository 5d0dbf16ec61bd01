import VisageCore

/// Of faces that overlap by more than `overlap` (IoU), keeps the best; best first. Equal scores keep their order,
/// so that the same input gives the same output.
public func nonMaximumSuppression(_ faces: [Face], overlap: Double) -> [Face] {
    let ranked = faces.enumerated().sorted {
        $0.element.score != $1.element.score ? $0.element.score > $1.element.score : $0.offset < $1.offset
    }
    var kept: [Face] = []
    for (_, face) in ranked where !kept.contains(where: { $0.box.overlap(face.box) > overlap }) {
        kept.append(face)
    }
    return kept
}
