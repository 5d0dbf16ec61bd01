import Decision
import VisageCore

/// Embedding jobs of one camera in the order they were submitted.
struct JobsInFlight {
    struct Entry {
        let job: EmbeddingJob
        let request: Decider.Request
        /// Where the face is.
        let frame: Frame
        /// Number of the frame at which the result applies.
        let dueAt: Int
    }

    private var jobs: [Entry] = []

    var count: Int { jobs.count }

    mutating func add(_ entry: Entry) { jobs.append(entry) }

    /// Takes out the jobs that apply at frame `number`, done or not.
    mutating func due(at number: Int) -> [Entry] {
        defer { jobs.removeAll { $0.dueAt <= number } }
        return jobs.filter { $0.dueAt <= number }
    }

    /// Takes out the jobs that are done, but none before one of the same track that was submitted earlier.
    mutating func finished() -> [Entry] {
        var waiting: Set<Int> = []
        let done = jobs.filter { entry in
            if entry.job.outcome == nil { waiting.insert(entry.request.track) }
            return !waiting.contains(entry.request.track)
        }
        jobs.removeAll { entry in done.contains { $0.job === entry.job } }
        return done
    }

    /// Waits until all are done, at most until `deadline`.
    func wait(until deadline: MonotonicTime) {
        for entry in jobs { entry.job.wait(until: deadline) }
    }

    /// Takes out all.
    mutating func all() -> [Entry] { due(at: .max) }
}
