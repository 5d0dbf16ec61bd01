import Recognition
import VisageCore

extension OpenSetTrial {
    /// The result of all draws of a cell; keys as `visage trial --json` prints them.
    public struct Summary: Codable, Sendable {
        public var people: Int
        /// `Cell.photosText`.
        public var photos: String
        public var views: Int
        public var falseNames: Double
        public var matching: Matching
        public var draws: Int
        /// For photos, or for tracks; mean over the draws.
        public var threshold: Double
        /// Share of the probes that get the right name; of tracks, in the end.
        public var tpir: Double
        /// Share of the strangers' photos that get a name, or of their tracks that carry one at any moment.
        public var fpir: Double
        /// Upper bound of the exact 95 % interval around the mean count of one draw: draws of the same people do not add
        /// up.
        public var fpirHigh: Double
        /// Photos or tracks in a draw, means over the draws.
        public var probes: Double
        public var strangers: Double

        enum CodingKeys: String, CodingKey {
            case people, photos, views, matching, draws, threshold, tpir, fpir, probes, strangers
            case falseNames = "false_names"
            case fpirHigh = "fpir_high"
        }

        init(_ cell: Cell, _ counts: [Counts]) {
            func mean(_ value: (Counts) -> Double) -> Double {
                counts.isEmpty ? 0 : counts.reduce(0) { $0 + value($1) } / Double(counts.count)
            }
            people = cell.people
            photos = cell.photosText
            views = cell.views
            falseNames = cell.falseNames
            matching = cell.matching
            draws = counts.count
            threshold = mean(\.threshold).roundedToFourDecimals
            (probes, strangers) = (mean { Double($0.probes) }, mean { Double($0.strangers) })
            let named = mean { Double($0.named) }
            tpir = (mean { Double($0.right) } / max(1, probes)).roundedToFourDecimals
            fpir = (named / max(1, strangers)).roundedToFourDecimals
            fpirHigh =
                (MeasuredRate(count: Int(named.rounded()), of: Int(strangers.rounded()), people: 0).high)
                .roundedToFourDecimals
            (probes, strangers) = (probes.roundedToFourDecimals, strangers.roundedToFourDecimals)
        }
    }
}
