import Hummingbird
import NIOCore

/// Reads what a request carries, with limits of size and time.
public enum BodyReader {
    /// - Throws: `WebFailure`: 413 for a larger one, 408 for one that takes longer.
    public static func collect(_ body: RequestBody, upTo limit: Int, within timeout: Duration) async throws
        -> ByteBuffer
    {
        try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask {
                do { return try await body.collect(upTo: limit) } catch is NIOTooManyBytesError {
                    throw WebFailure(.contentTooLarge, "The request has more than \(limit) bytes.")
                }
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let buffer = first else {
                throw WebFailure(.requestTimeout, "The request took too long.")
            }
            return buffer
        }
    }
}
