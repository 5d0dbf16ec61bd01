/// How a gallery says whom a face is most like.
public enum Matching: String, Codable, Sendable, CaseIterable {
    /// A linear support vector machine, one person against the other: learns what tells its people apart. Its
    /// probabilities want several photos of each.
    case svm
    /// The photo at the least L2 distance: for one photo of each person, and for thousands of people. On unit length
    /// the squared distance is 2 - 2 cos, so the most similar photo is the nearest.
    case nearest

    /// People beyond whom an SVM's pairs take minutes to train and its answers longer than an embedding.
    public static let manyPeople = 300
    /// People beyond whom its pairs, half a million, no longer fit into reasonable time and memory.
    public static let tooManyPeople = 1000
}
