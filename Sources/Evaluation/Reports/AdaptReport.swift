import Recognition
import VisageCore

/// A page about the training of a head.
public struct AdaptReport {
    private let outcome: HeadTrainer.Outcome

    public init(_ outcome: HeadTrainer.Outcome) { self.outcome = outcome }

    public func html() -> String {
        let (before, after) = (outcome.before, outcome.after)
        func row(_ what: String, _ from: Double, _ to: Double) -> [String] {
            [what, "\(from.roundedToFourDecimals)", "\(to.roundedToFourDecimals)"]
        }
        let figures = HTML.table([
            ["on \(before.people) people not seen before", "without", "with the head"],
            row("accuracy of pairs", before.accuracy, after.accuracy),
            row("TAR at FAR 1e-2", before.tarAt1Percent, after.tarAt1Percent),
            row("TAR at FAR 1e-3", before.tarAt01Percent, after.tarAt01Percent),
        ])
        let verdict =
            "Learnt from \(outcome.trainedPhotos) photos of \(outcome.trainedPeople) people; epoch \(outcome.best) was kept. "
            + "Better in \((outcome.confidence * 100).roundedToFourDecimals) % of draws: "
            + (outcome.helps ? "it helps." : "it is not shown to help.")
        return HTML.page(
            title: "A head learnt with the triplet loss",
            sections: [
                ("Verdict", HTML.paragraph(verdict) + figures),
                ("Learning", "<div class=\"charts\">\(losses())\(accuracies())</div>"),
            ])
    }

    private func losses() -> String {
        let maxLoss = outcome.epochs.flatMap { [$0.loss, $0.heldOutLoss] }.max() ?? 1
        var chart = Chart(x: epochs, y: .init(label: "triplet loss", range: 0...max(1e-6, maxLoss)))
        chart.line(points { $0.loss }, color: "var(--line)")
        chart.line(points { $0.heldOutLoss }, color: "var(--bad)")
        mark(&chart, top: maxLoss)
        return chart.svg(
            caption: "Blue: people it learns from. Red: people who say when to stop. Dashed: what was kept.")
    }

    private func accuracies() -> String {
        let values = outcome.epochs.map(\.heldOutAccuracy)
        let range = max(0, (values.min() ?? 0) - 0.01)...1
        var chart = Chart(x: epochs, y: .init(label: "verification accuracy", range: range))
        chart.line(points { $0.heldOutAccuracy }, color: "var(--good)")
        mark(&chart, top: 1)
        return chart.svg(caption: "Of pairs of the people who say when to stop.")
    }

    private var epochs: Chart.Axis { .init(label: "epoch", range: 1...Double(max(2, outcome.epochs.count))) }

    private func points(_ value: (HeadTrainer.Epoch) -> Double) -> [(x: Double, y: Double)] {
        outcome.epochs.enumerated().map { (Double($0.offset + 1), value($0.element)) }
    }

    private func mark(_ chart: inout Chart, top: Double) {
        let kept = Double(max(1, outcome.best))
        chart.line([(kept, chart.y.range.lowerBound), (kept, top)], color: "var(--ink)", isDashed: true)
    }
}
