import Foundation
import Recognition
import VisageCore

extension Gallery.LookAlikes {
    /// A line for whoever trains the gallery.
    var sentence: String {
        "alike     \(names.joined(separator: " and ")), similarity \(similarity.roundedToFourDecimals): if they are not the same "
            + "person, one may be given the other's name"
    }
}

extension Trainer.Doubtful {
    /// A line for whoever trains the gallery.
    var sentence: String {
        "doubtful  \(photo.path): as similar to \(other.path), which is said to show somebody else, as to the person's other "
            + "photos; one of the two is in the wrong place"
    }
}

extension Trainer.LeftOut {
    /// A line for whoever trains the gallery.
    var sentence: String { "left out  \(photo.path): \(reason)" }
}

extension ChosenFace {
    var sentence: String {
        let corner = "\(Int(box.x.rounded())),\(Int(box.y.rounded()))"
        let size = "\(Int(box.width.rounded()))x\(Int(box.height.rounded()))"
        return
            "took      \(photo.path): of \(faces) faces the one at \(corner), \(size); similarity to the person's other "
            + "photos \(String(format: "%.2f", similarity)), the next face's \(String(format: "%.2f", next))"
    }
}

extension MeasuredRate {
    private func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }

    var sentence: String {
        "\(count) of \(photos) photos (\(percent(rate)) %; with 95 % confidence \(percent(low)) to \(percent(high)) %)"
    }
}

extension Gallery {
    /// The other way of matching, where it fits better.
    var matchingAdvice: String? {
        let single = description.people.count { $0.photos == 1 }
        switch description.matching {
        case .svm where people.count > Matching.manyPeople:
            return "with \(people.count) people an SVM is slow to train and to ask; --matching nearest is made for it"
        case .svm where people.count > 1 && 2 * single > people.count:
            return
                "\(single) of \(people.count) people have one photo, from which an SVM's probabilities mean little; add "
                + "photos, or use --matching nearest"
        default: return nil
        }
    }
}
