import Decision
import VisageCore

/// How the faces of a camera are recognized: an embedder, and all that can only be used together with it. A gallery that
/// was trained with another embedder replaces it as a whole.
public struct FaceRecognition: Sendable {
    /// Every embedder that comes into use has a number of its own. When it changes, a pipeline ends its tracks, because
    /// embeddings of two embedders cannot be compared.
    public var generation: Int
    public var embeddings: EmbeddingQueue
    /// The gallery now in force, trained with this embedder.
    public var classifier: @Sendable () -> (any IdentityClassifier)?
    public var unknowns: any UnknownPeople
    public var rules: DecisionRules

    /// - Parameter rules: those of the embedder.
    public init(
        generation: Int = 0, embeddings: EmbeddingQueue,
        classifier: @escaping @Sendable () -> (any IdentityClassifier)?,
        unknowns: any UnknownPeople, rules: DecisionRules
    ) {
        self.generation = generation
        self.embeddings = embeddings
        self.classifier = classifier
        self.unknowns = unknowns
        self.rules = rules
    }
}
