extension Array {
    /// At most `maxCount` of the elements, at even distances.
    func evenSample(_ maxCount: Int) -> [Element] {
        let count = Swift.min(maxCount, self.count)
        return (0..<count).map { self[$0 * self.count / count] }
    }
}
