/// Writes one recording. To be used from one thread at a time: that is why it can be handed from one to another, and what
/// `@unchecked Sendable` relies on; the recorder calls it under its lock alone.
protocol SegmentWriter: AnyObject, Sendable {
    /// What to call whenever the kernel has been given more of the file.
    func whenFlushed(_ body: @escaping () -> Void)
    /// Completes the file.
    /// - Throws: `VisageError`; what was complete before stays.
    func close() throws
}
