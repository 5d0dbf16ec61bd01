import Dispatch

extension DispatchQueue {
    /// Runs work that blocks, for an asynchronous caller.
    ///
    /// Swift has only as many cooperative threads as there are cores. Work that waits for a disk or loads a network on
    /// one of them would hold up tasks that have nothing to do with it, such as the watchdog's.
    /// - Throws: what `work` throws.
    package func runBlocking<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.get()
    }
}
