import Foundation
import Imaging
import Recognition
import VisageCore

/// A page about the evaluation of a gallery: figures, charts and faces. Because it shows faces, it has to be protected
/// like the photos.
public struct EvaluationReport {
    /// Largest number of faces in a section.
    private static let maxCards = 24

    private let evaluation: GalleryEvaluation
    private let gallery: Gallery
    private let scaler = Scaler()

    public init(_ evaluation: GalleryEvaluation, gallery: Gallery) {
        self.evaluation = evaluation
        self.gallery = gallery
    }

    public func html() -> String {
        let charts = EvaluationCharts(evaluation: evaluation, gallery: gallery)
        var sections = [("Figures", figures()), ("Similarities", "<div class=\"charts\">\(charts.html())</div>")]
        sections.append(("Who was taken for whom", confusion()))
        let mistakes = self.mistakes
        sections.append(
            (
                "Worst mistakes",
                mistakes.isEmpty ? HTML.paragraph("None.") : faces(mistakes.prefix(Self.maxCards).map(card))
            ))
        sections.append(("A sample of probes", faces(evaluation.answers.evenSample(Self.maxCards).map(card))))
        if !evaluation.strangers.isEmpty {
            sections.append(("A sample of strangers", faces(evaluation.strangers.evenSample(Self.maxCards).map(card))))
        }
        if let choices = gallery.description.choices, !choices.isEmpty {
            sections.append(("Photos with several faces", Self.table(of: choices)))
        }
        return HTML.page(title: "How a gallery of \(gallery.people.count) people does", sections: sections)
    }

    private func figures() -> String {
        let summary = evaluation.summary
        func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
        var rows = [
            ["figure", "value"],
            ["photos of the gallery's people", "\(summary.photos)"],
            ["named rightly", "\(summary.correct) (\(percent(summary.accuracy)))"],
            ["taken for strangers", "\(summary.unknown)"], ["named wrongly", "\(summary.wrong)"],
            ["without a face", "\(summary.noFace)"],
        ]
        if let strangers = summary.strangers {
            let rate = MeasuredRate(
                count: strangers.named, of: strangers.photos - strangers.noFace, people: strangers.people)
            rows += [
                ["photos of strangers", "\(strangers.photos), of \(strangers.people) people"],
                [
                    "strangers named",
                    "\(strangers.named) photos (\(percent(rate.rate)), 95 %: \(percent(rate.low)) to \(percent(rate.high))), "
                        + "\(strangers.peopleNamed) people",
                ],
            ]
        }
        let rule = gallery.description.calibration.rule
        rows += [
            ["asked of strangers", "at most \(percent(rule.falseNames)) named"],
            [
                "threshold for photos, for tracks",
                "\(rule.threshold.roundedToFourDecimals), \(rule.trackThreshold.roundedToFourDecimals)",
            ],
            ["matching", gallery.description.matching.rawValue],
            ["embedder", "\(gallery.description.embedder.id), \(gallery.description.embedder.crop)"],
            ["detector", "\(gallery.description.detector.id) at \(gallery.description.detector.input) px"],
        ]
        return HTML.table(rows)
    }

    private static func table(of choices: [Gallery.Choice]) -> String {
        let heads = ["person", "photo", "faces", "taken: x, y, width, height", "similarity", "the next face's"]
        return HTML.table(
            [heads]
                + choices.map { choice in
                    [
                        choice.person, choice.photo, "\(choice.faces)",
                        choice.box.map(String.init).joined(separator: ", "),
                        "\(choice.similarity.roundedToFourDecimals)",
                        "\(choice.next.roundedToFourDecimals)",
                    ]
                })
    }

    /// A confusion matrix; if there are many people, only of those with mistakes.
    private func confusion() -> String {
        let byPerson = Dictionary(grouping: evaluation.answers, by: \.person)
        let isSmall = byPerson.count <= 25
        func answer(_ answer: GalleryEvaluation.Answer) -> String { answer.given ?? "no face" }
        let rows = byPerson.keys.sorted().filter { name in
            isSmall || byPerson[name]?.contains { answer($0) != name } == true
        }
        guard !rows.isEmpty else { return HTML.paragraph("Everybody got their own name.") }
        let columns = Set(rows.flatMap { name in (byPerson[name] ?? []).map(answer) }).sorted { left, right in
            // Names first.
            let (one, two) = (gallery.people.contains(left), gallery.people.contains(right))
            return one != two ? one : left < right
        }
        let table = rows.map { name in
            [name]
                + columns.map { column in
                    let count = byPerson[name]?.count { answer($0) == column } ?? 0
                    return count > 0 ? "\(count)" : ""
                }
        }
        return HTML.table([["in the photo \\ said"] + columns] + table)
    }

    /// Wrong names first, then named strangers, then known people who were taken for strangers, then missing faces; in each
    /// group the clearest mistake first.
    private var mistakes: [GalleryEvaluation.Answer] {
        func rank(_ answer: GalleryEvaluation.Answer) -> (Int, Double) {
            guard let match = answer.match else { return (3, 0) }
            if answer.isStranger { return (1, -match.similarity) }
            return match.accepted ? (0, -match.similarity) : (2, match.similarity)
        }
        return (evaluation.answers + evaluation.strangers).filter { !$0.isRight }.sorted { rank($0) < rank($1) }
    }

    private func card(_ answer: GalleryEvaluation.Answer) -> FaceCard {
        var lines = [answer.isStranger ? "a stranger" : answer.person]
        lines.append(answer.given.map { "said: \($0)" } ?? "no face found")
        if let match = answer.match {
            lines.append(
                "\(match.accepted ? "" : "nearest \(match.name), ")similarity \(match.similarity.roundedToFourDecimals)"
            )
        }
        return FaceCard(photo: answer.photo, box: answer.face?.box, lines: lines, isBad: !answer.isRight)
    }

    private func faces(_ cards: [FaceCard]) -> String {
        "<div class=\"faces\">\n\(cards.map { $0.html(scaler) }.joined(separator: "\n"))\n</div>"
    }
}
