import Evaluation

/// The tables that `visage trial` prints.
extension Trial {
    static func table(_ rows: [OpenSetTrial.Summary]) -> [String] {
        Markdown.table(
            [
                "people", "photos", "views", "at most", "threshold", "TPIR", "probes", "strangers named", "upper 95 %",
                "strangers",
            ],
            rows.map { row in
                [
                    "\(row.people)", row.photos, "\(row.views)", Markdown.percent(row.falseNames),
                    Markdown.decimals(row.threshold, 3),
                    Markdown.decimals(row.tpir, 4), Markdown.decimals(row.probes, 0), Markdown.percent(row.fpir),
                    Markdown.percent(row.fpirHigh),
                    Markdown.decimals(row.strangers, 0),
                ]
            })
    }

    static func table(_ rows: [FilmTrialRow]) -> [String] {
        Markdown.table(
            [
                "people", "photos", "at most", "face width", "strangers' tracks", "named", "95 % interval",
                "strangers named", "enrolled people's tracks", "right", "median time to the name",
            ],
            rows.map { row in
                [
                    "\(row.people)", row.photos, Markdown.percent(row.falseNames), row.width.map { "\($0)" } ?? "all",
                    "\(row.strangers)", Markdown.percent(row.fpir),
                    "\(Markdown.percent(row.fpirLow)) to \(Markdown.percent(row.fpirHigh))",
                    "\(row.strangerPeopleNamed) of \(row.strangerPeople)", "\(row.probes)",
                    Markdown.decimals(row.tpir, 3), row.namedAfter.map { "\(Markdown.decimals($0, 2)) s" } ?? "–",
                ]
            })
    }
}
