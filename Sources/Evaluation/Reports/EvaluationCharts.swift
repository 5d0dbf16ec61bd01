import Foundation
import Recognition
import VisageCore

/// The charts of an evaluation: similarities, TPIR by FPIR, and a map of the embeddings.
struct EvaluationCharts {
    /// Largest number of photos of each kind on the map.
    private static let maxMapped = 400

    let evaluation: GalleryEvaluation
    let gallery: Gallery

    func html() -> String {
        [histogram(), curve(), map()].compactMap { $0 }.joined(separator: "\n")
    }

    private func histogram() -> String {
        let kinds = [
            (values: evaluation.answers.compactMap(\.ownSimilarity), color: "var(--good)"),
            (values: evaluation.strangers.compactMap { $0.match?.similarity }, color: "var(--bad)"),
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
        let maxHeight = heights.joined().max() ?? 0
        var chart = Chart(
            x: .init(label: "cosine similarity", range: range),
            y: .init(label: "share of photos", range: 0...max(0.01, maxHeight * 1.05)))
        for (kind, heights) in zip(kinds, heights) {
            for (bin, height) in heights.enumerated() where height > 0 {
                let low = range.lowerBound + Double(bin) * width
                chart.bar(from: low, to: low + width, top: height, color: kind.color)
            }
        }
        chart.line(
            [(gallery.threshold, 0), (gallery.threshold, maxHeight * 1.05)], color: "var(--ink)", isDashed: true)
        return chart.svg(
            caption:
                "Green: photos of the gallery's people, to their own person. Red: strangers, to whom they are most "
                + "like. Dashed: the threshold.")
    }

    /// TPIR by FPIR, with a point for each threshold; nil for too few strangers.
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
        chart.line(points, color: "var(--line)")
        let named = Double(strangers.count { $0 >= gallery.threshold }) / Double(strangers.count)
        chart.dot(
            max(named, 0.5 / Double(strangers.count)), tpir(gallery.threshold), color: "var(--bad)",
            title: "threshold \(gallery.threshold.roundedToFourDecimals)")
        return chart.svg(caption: "Every threshold is a point of the line; the dot is the gallery's.")
    }

    private func map() -> String? {
        guard let map = EmbeddingMap(gallery.samples.map(\.embedding)) else { return nil }
        let enrolled = gallery.samples.evenSample(Self.maxMapped).map {
            (place: map.place($0.embedding), name: gallery.people[$0.person])
        }
        let probes = evaluation.answers.evenSample(Self.maxMapped).compactMap { answer in
            answer.embedding.map { (place: map.place($0), name: answer.person) }
        }
        let strangers = evaluation.strangers.evenSample(Self.maxMapped / 2).compactMap { answer in
            answer.embedding.map { map.place($0) }
        }
        let all = enrolled.map(\.place) + probes.map(\.place) + strangers
        func range(_ values: [Double]) -> ClosedRange<Double> {
            (values.min() ?? 0) - 0.05...(values.max() ?? 1) + 0.05
        }
        var chart = Chart(
            x: .init(label: "first direction", range: range(all.map(\.x))),
            y: .init(label: "second", range: range(all.map(\.y))))
        func color(_ name: String) -> String {
            let index = gallery.people.firstIndex(of: name) ?? 0
            return "hsl(\(index * 360 / max(1, gallery.people.count)) 70% 50%)"
        }
        for place in strangers { chart.dot(place.x, place.y, color: "var(--soft)", title: "a stranger") }
        for (place, name) in enrolled { chart.dot(place.x, place.y, color: color(name), isHollow: true, title: name) }
        for (place, name) in probes { chart.dot(place.x, place.y, color: color(name), title: name) }
        return chart.svg(
            caption:
                "The embeddings along the two directions in which the gallery's photos differ most. Rings: enrolled. "
                + "Dots: asked. Gray: strangers.")
    }
}
