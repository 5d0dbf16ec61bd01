extension Gallery {
    /// Of each person, in the order of `people`, the one who is most like them, with the similarity that is held against
    /// the threshold; nil in a gallery of one.
    /// - Throws: `VisageError` (gallery) if a person has no usable embedding.
    public func nearest() throws -> [(name: String, similarity: Double)?] {
        guard !people.isEmpty else { return [] }
        return try CalibrationCheck(self).nearest().map { found in found.map { (people[$0.person], $0.similarity) } }
    }
}
