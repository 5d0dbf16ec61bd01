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

    /// Takes out all.
    mutating func all() -> [(track: Int, job: EmbeddingJob)] { due(at: .max) }
}
