import Publishing

extension PersonTraces {
    /// Lines that say what remains, and the command that removes it.
    /// - Parameters:
    ///   - events, recordings: whether their removal was requested.
    ///   - options: added to the commands.
    func remaining(events: Bool, recordings: Bool, _ options: [String]) -> [String] {
        let damaged =
            events
            ? []
            : damagedLogs.flatMap { path in
                [
                    "remains   \(path), a damaged event log with the name in it. To delete it, run",
                    "    rm -f " + ["", "-wal", "-shm"].map { (path + $0).quoted }.joined(separator: " "),
                ]
            }
        let traces = all.flatMap { trace -> [String] in
            func command(_ own: String...) -> String {
                (["visage forget", trace.name.quoted] + own + options).joined(separator: " ")
            }
            let files = self.recordings(of: trace)
            var lines = files.flatMap { file in
                let seen = "remains   \(file.path), seen from \(file.first) to \(file.last)"
                if recordings { return ["\(seen): it is still being written"] }
                return events
                    ? ["\(seen): no event refers to it any more. To delete it, run", "    rm \(file.path.quoted)"]
                    : [seen]
            }
            let count = "remains   \(trace.events) events of \(trace.name) since \(trace.since)"
            switch (files.isEmpty, recordings, events) {
            case (false, true, _):
                lines += [
                    "\(count): they say which recordings to delete. When these are complete, run",
                    "    " + command(events ? "--events --recordings" : "--recordings"),
                ]
            case (false, false, false):
                lines += [
                    "\(count). To delete these recordings and overwrite the name in the events, run",
                    "    " + command("--events --recordings"),
                ]
            case (true, _, false):
                lines += ["\(count). To overwrite the name in them, run", "    " + command("--events")]
            default: break
            }
            return lines
        }
        return damaged + traces
    }
}
