// VisageCore holds the words that every other module speaks: frames, boxes, faces, embeddings, verdicts,
// events, errors and the protocols between the stages. It has no C, does no input or output and owns no thread.

/// What went wrong, said so that the reader knows what to do about it.
public struct VisageError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; decides the exit code.
    public enum Code: String, Sendable {
        /// The command line makes no sense.
        case usage
        /// The configuration is wrong: a restart will not help.
        case configuration
        /// A file or folder that was named is not there.
        case notFound
        /// A file is there but cannot be read or is not what it should be.
        case unreadable
        /// Something cannot be written.
        case unwritable
        /// A model is missing, damaged or unsuitable.
        case model
        /// A gallery is missing, damaged or made with other models.
        case gallery
        /// A camera or video cannot deliver.
        case source
        /// Somebody else has what is needed.
        case inUse
        /// A library failed at its work.
        case engine
    }

    public let code: Code
    /// Whether the same may succeed later without a person's help.
    public let retry: RetryAdvice
    /// One line: what was wrong, where, and what to do.
    public let message: String
    /// What the library or system underneath said, if anything.
    public let cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil, retry: RetryAdvice = .mayHelp) {
        self.code = code
        self.retry = retry
        self.message = message
        self.cause = cause
    }

    /// One line that is safe to print, whatever the names of files and people in it.
    public var description: String {
        guard let cause, !cause.isEmpty else { return TerminalText.escaped(message) }
        return TerminalText.escaped("\(message) (\(cause))")
    }

    /// The process exit code: 64 for wrong usage and 78 for wrong configuration (sysexits.h), 1 for all else.
    public var exitCode: Int32 {
        switch code {
        case .usage: 64
        case .configuration: 78
        default: 1
        }
    }
}
