/// Embedding jobs of one camera in the order they were submitted.
struct JobsInFlight {
    private var jobs: [(job: EmbeddingJob, track: Int, dueAt: Int)] = []

    var count: Int { jobs.count }

    /// - Parameter dueAt: number of the frame at which the result applies.
    mutating func add(_ job: EmbeddingJob, for track: Int, dueAt: Int) { jobs.append((job, track, dueAt)) }

    /// Takes out the jobs that apply at frame `number`, done or not.
    mutating func due(at number: Int) -> [(track: Int, job: EmbeddingJob)] {
        let due = jobs.prefix { $0.dueAt <= number }
        jobs.removeFirst(due.count)
        return due.map { ($0.track, $0.job) }
    }

    /// Takes out the jobs that are done, but none before one of the same track that was submitted earlier.
    mutating func finished() -> [(track: Int, job: EmbeddingJob)] {
        var waiting: Set<Int> = []
        let done = jobs.filter { entry in
            if entry.job.outcome == nil { waiting.insert(entry.track) }
            return !waiting.contains(entry.track)
        }
        jobs.removeAll { entry in done.contains { $0.job === entry.job } }
        return done.map { ($0.track, $0.job) }
    }

    /// Takes out all.
    mutating func all() -> [(track: Int, job: EmbeddingJob)] { due(at: .max) }
}
