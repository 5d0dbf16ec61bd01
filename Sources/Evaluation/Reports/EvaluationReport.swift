import Foundation
import Imaging
import Recognition
import VisageCore

/// An evaluation as a page: figures, charts and faces. It shows faces, so keep it as you keep the photos.
public struct EvaluationReport {
    /// Faces on the page of each kind.
    private static let cards = 24
    private static let mapped = 400

    private let evaluation: Evaluation
    private let gallery: Gallery
    private let scaler = Scaler()

    public init(_ evaluation: Evaluation, gallery: Gallery) {
        self.evaluation = evaluation
        self.gallery = gallery
    }

    public func html() -> String {
        var sections = [("Figures", figures()), ("Similarities", "<div class=\"charts\">\(charts())</div>")]
        sections.append(("Who was taken for whom", confusion()))
        let mistakes = self.mistakes
        sections.append(
            (
                "Worst mistakes",
                mistakes.isEmpty ? HTML.paragraph("None.") : faces(mistakes.prefix(Self.cards).map(card))
            ))
        sections.append(("A sample of probes", faces(sample(evaluation.answers).map(card))))
        if !evaluation.strangers.isEmpty {
            sections.append(("A sample of strangers", faces(sample(evaluation.strangers).map(card))))
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
                "\(Event.rounded(rule.threshold)), \(Event.rounded(rule.trackThreshold))",
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
                        choice.box.map(String.init).joined(separator: ", "), "\(Event.rounded(choice.similarity))",
                        "\(Event.rounded(choice.next))",
                    ]
                })
    }

    private func charts() -> String {
        [histogram(), curve(), map()].compactMap { $0 }.joined(separator: "\n")
    }

    private func histogram() -> String {
        let kinds = [
            (values: evaluation.answers.compactMap(\.ownSimilarity), colour: "var(--good)"),
            (values: evaluation.strangers.compactMap { $0.match?.similarity }, colour: "var(--bad)"),
        ]
        let bins = 40
        let range = -0.2...1.0
        let width = (range.upperBound - range.lowerBound) / Double(bins)
        let heights = kinds.map { kind in
            (0..<bins).map { bin -> Double in
                let low = range.lowerBound + Double(bin) * width
                let inside = kind.values.count { $0 >= low && $0 < low + width }
                return kind.values.isEmpty ? 0 : Double(inside) / Double(kind.values.count)
            }
        }
        let most = heights.joined().max() ?? 0
        var chart = Chart(
            x: .init(label: "cosine similarity", range: range),
            y: .init(label: "share of photos", range: 0...max(0.01, most * 1.05)))
        for (kind, heights) in zip(kinds, heights) {
            for (bin, height) in heights.enumerated() where height > 0 {
                let low = range.lowerBound + Double(bin) * width
                chart.bar(from: low, to: low + width, top: height, colour: kind.colour)
            }
        }
        chart.line(
            [(gallery.threshold, 0), (gallery.threshold, most * 1.05)], colour: "var(--ink)", isDashed: true)
        return chart.svg(
            caption:
                "Green: photos of the gallery's people, to their own person. Red: strangers, to whom they are most "
                + "like. Dashed: the threshold.")
    }

    /// TPIR over FPIR: every threshold is one point.
    private func curve() -> String? {
        let strangers = evaluation.strangers.compactMap { $0.match?.similarity }.sorted(by: >)
        let known = evaluation.answers.compactMap { answer in
            answer.match.map { (similarity: $0.similarity, isRight: $0.name == answer.person) }
        }
        guard strangers.count >= 10, !known.isEmpty else { return nil }
        func tpir(_ threshold: Double) -> Double {
            Double(known.count { $0.isRight && $0.similarity >= threshold }) / Double(known.count)
        }
        let points = strangers.enumerated().map { index, similarity in
            (x: Double(index + 1) / Double(strangers.count), y: tpir(similarity))
        }
        let low = Double(Int(min(0.9, points.map(\.y).min() ?? 0) * 10)) / 10
        var chart = Chart(
            x: .init(
                label: "FPIR: strangers who get a name", range: 0.5 / Double(strangers.count)...1, isLogarithmic: true),
            y: .init(label: "TPIR: known people who get theirs", range: low...1))
        chart.line(points, colour: "var(--line)")
        let named = Double(strangers.count { $0 >= gallery.threshold }) / Double(strangers.count)
        chart.dot(
            max(named, 0.5 / Double(strangers.count)), tpir(gallery.threshold), colour: "var(--bad)",
            title: "threshold \(Event.rounded(gallery.threshold))")
        return chart.svg(caption: "Every threshold is a point of the line; the dot is the gallery's.")
    }

    private func map() -> String? {
        guard let map = EmbeddingMap(gallery.samples.map(\.embedding)) else { return nil }
        let enrolled = Self.spread(gallery.samples, most: Self.mapped).map {
            (place: map.place($0.embedding), name: gallery.people[$0.person])
        }
        let asked = Self.spread(evaluation.answers, most: Self.mapped).compactMap { answer in
            answer.embedding.map { (place: map.place($0), name: answer.person) }
        }
        let strangers = Self.spread(evaluation.strangers, most: Self.mapped / 2).compactMap { answer in
            answer.embedding.map { map.place($0) }
        }
        let all = enrolled.map(\.place) + asked.map(\.place) + strangers
        func range(_ values: [Double]) -> ClosedRange<Double> {
            (values.min() ?? 0) - 0.05...(values.max() ?? 1) + 0.05
        }
        var chart = Chart(
            x: .init(label: "first direction", range: range(all.map(\.x))),
            y: .init(label: "second", range: range(all.map(\.y))))
        func colour(_ name: String) -> String {
            let index = gallery.people.firstIndex(of: name) ?? 0
            return "hsl(\(index * 360 / max(1, gallery.people.count)) 70% 50%)"
        }
        for place in strangers { chart.dot(place.x, place.y, colour: "var(--soft)", title: "a stranger") }
        for (place, name) in enrolled { chart.dot(place.x, place.y, colour: colour(name), isHollow: true, title: name) }
        for (place, name) in asked { chart.dot(place.x, place.y, colour: colour(name), title: name) }
        return chart.svg(
            caption:
                "The embeddings along the two directions in which the gallery's photos differ most. Rings: enrolled. "
                + "Dots: asked. Grey: strangers.")
    }

    /// Of many people only those with mistakes.
    private func confusion() -> String {
        let byPerson = Dictionary(grouping: evaluation.answers, by: \.person)
        let isSmall = byPerson.count <= 25
        func answer(_ answer: Evaluation.Answer) -> String { answer.given ?? "no face" }
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

    /// Wrong names first, strangers' names next, then known people taken for strangers; each the surest first.
    private var mistakes: [Evaluation.Answer] {
        func rank(_ answer: Evaluation.Answer) -> (Int, Double) {
            guard let match = answer.match else { return (3, 0) }
            if answer.isStranger { return (1, -match.similarity) }
            return match.accepted ? (0, -match.similarity) : (2, match.similarity)
        }
        return (evaluation.answers + evaluation.strangers).filter { !$0.isRight }.sorted { rank($0) < rank($1) }
    }

    private func sample(_ answers: [Evaluation.Answer]) -> [Evaluation.Answer] {
        Self.spread(answers, most: Self.cards)
    }

    /// Evenly chosen.
    private static func spread<Element>(_ all: [Element], most: Int) -> [Element] {
        let count = min(most, all.count)
        return (0..<count).map { all[$0 * all.count / count] }
    }

    private func card(_ answer: Evaluation.Answer) -> FaceCard {
        var lines = [answer.isStranger ? "a stranger" : answer.person]
        lines.append(answer.given.map { "said: \($0)" } ?? "no face found")
        if let match = answer.match {
            lines.append(
                "\(match.accepted ? "" : "nearest \(match.name), ")similarity \(Event.rounded(match.similarity))")
        }
        return FaceCard(photo: answer.photo, box: answer.face?.box, lines: lines, isBad: !answer.isRight)
    }

    private func faces(_ cards: [FaceCard]) -> String {
        "<div class=\"faces\">\n\(cards.map { $0.html(scaler) }.joined(separator: "\n"))\n</div>"
    }
}
