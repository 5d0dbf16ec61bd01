/// Whether something that has failed may succeed without a person's help.
public enum RetryAdvice: Sendable, Hashable {
    /// The same attempt may succeed soon.
    case mayHelp
    /// Only a person can remove the cause, such as a wrong password: trying again soon is of no use, and may lock an
    /// account.
    case needsPerson
}
