import CLibSVM
import Foundation
import VisageCore

/// A linear libsvm classifier with probabilities, C = 1: what scikit-learn's `SVC(kernel='linear',
/// probability=True, class_weight='balanced')` runs. Labels are indices into the gallery's people, sorted by name.
public final class SupportVectorMachine: Sendable {
    private let content: SupportVectorModel
    private let dimension: Int
    private var model: UnsafeMutablePointer<svm_model> { content.pointer }
    /// The labels in libsvm's own order, which that of probabilities follows.
    private var labels: [Int] { content.labels }

    /// libsvm's cross-validation shuffles with the process-wide `rand()`: trainings take turns.
    private static let turn = NSLock()

    /// Trains on `embeddings` and leaves the model in libsvm's text format at `file`.
    ///
    /// libsvm's trained model points into its training data, so the way goes through the file: what is used later
    /// is what was stored.
    /// - Throws: `VisageError` (gallery) if there are fewer than two labels; (unwritable) if the file cannot be written.
    public static func train(_ embeddings: [(label: Int, embedding: Embedding)], file: URL) throws {
        guard Set(embeddings.map(\.label)).count >= 2, let dimension = embeddings.first?.embedding.dimension else {
            throw VisageError(.gallery, "An SVM needs at least two people")
        }
        // One allocation for all nodes; row i starts at i * (dimension + 1) and ends with index -1.
        let width = dimension + 1
        var nodes = embeddings.flatMap { Self.nodes(of: $0.embedding) }
        var targets = embeddings.map { Double($0.label) }
        turn.lock()
        defer { turn.unlock() }
        svm_set_print_string_function { _ in }
        srand(seed)
        try nodes.withUnsafeMutableBufferPointer { nodes in
            guard let base = nodes.baseAddress else { return }
            var rows: [UnsafeMutablePointer<svm_node>?] = embeddings.indices.map { base + $0 * width }
            try rows.withUnsafeMutableBufferPointer { rows in
                try targets.withUnsafeMutableBufferPointer { targets in
                    var problem = svm_problem(l: Int32(embeddings.count), y: targets.baseAddress, x: rows.baseAddress)
                    var parameter = parameters
                    let (labels, weights) = balance(embeddings.map(\.label))
                    let trained = labels.withUnsafeBufferPointer { labels in
                        weights.withUnsafeBufferPointer { weights in
                            parameter.nr_weight = Int32(labels.count)
                            parameter.weight_label = UnsafeMutablePointer(mutating: labels.baseAddress)
                            parameter.weight = UnsafeMutablePointer(mutating: weights.baseAddress)
                            return svm_train(&problem, &parameter)
                        }
                    }
                    guard let model = trained else { throw VisageError(.engine, "libsvm could not train") }
                    var owned: UnsafeMutablePointer<svm_model>? = model
                    defer { svm_free_and_destroy_model(&owned) }
                    guard svm_save_model(file.path, model) == 0 else {
                        throw VisageError(.unwritable, "\(file.path) cannot be written")
                    }
                }
            }
        }
    }

    /// Weights of C by label that make every person count the same, however many photos there are: photos in all over
    /// people times the person's photos, as scikit-learn's `class_weight='balanced'`.
    private static func balance(_ labels: [Int]) -> (labels: [Int32], weights: [Double]) {
        let counts = Dictionary(labels.map { ($0, 1.0) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        return (
            counts.map { Int32($0.key) },
            counts.map { Double(labels.count) / (Double(counts.count) * $0.value) }
        )
    }

    /// Any fixed number: the same photos give the same probabilities.
    private static let seed: UInt32 = 1

    private static var parameters: svm_parameter {
        var parameter = svm_parameter()
        parameter.svm_type = Int32(C_SVC)
        parameter.kernel_type = Int32(LINEAR)
        parameter.C = 1
        parameter.eps = 1e-3
        parameter.cache_size = 200
        parameter.shrinking = 1
        parameter.probability = 1
        return parameter
    }

    /// Reads a model that `train` wrote.
    /// - Parameters:
    ///   - people: the labels are 0..<people.
    ///   - dimension: of the embeddings.
    ///   - photos: that it was trained from.
    /// - Throws: `VisageError` (gallery) with the reason if it is not such a model.
    public init(_ data: Data, people: Int, dimension: Int, photos: Int) throws {
        do {
            content = try SupportVectorModel(data, .init(people: people, dimension: dimension, photos: photos))
        } catch {
            throw VisageError(.gallery, "The SVM is not a model that this program has trained", cause: "\(error)")
        }
        self.dimension = dimension
    }

    /// The label and the probabilities by label. The label comes from the votes: with one photo a person the
    /// probabilities misname even the training face.
    /// - Returns: nil if the embedding is of another length.
    public func predict(_ embedding: Embedding) -> (label: Int, probabilities: [Int: Double])? {
        guard embedding.dimension == dimension else { return nil }
        let nodes = Self.nodes(of: embedding)
        var estimates = [Double](repeating: 0, count: labels.count)
        defer { withExtendedLifetime(content) {} }
        let label = Int(svm_predict(model, nodes))
        _ = svm_predict_probability(model, nodes, &estimates)
        return (label, Dictionary(uniqueKeysWithValues: zip(labels, estimates)))
    }

    /// The one-against-one decision values, in libsvm's order of pairs of its labels.
    public func decisionValues(_ embedding: Embedding) -> [Double] {
        guard embedding.dimension == dimension else { return [] }
        var values = [Double](repeating: 0, count: labels.count * (labels.count - 1) / 2)
        _ = svm_predict_values(model, Self.nodes(of: embedding), &values)
        withExtendedLifetime(content) {}
        return values
    }

    private static func nodes(of embedding: Embedding) -> [svm_node] {
        var nodes = embedding.direction.values.enumerated().map {
            svm_node(index: Int32($0.offset + 1), value: Double($0.element))
        }
        nodes.append(svm_node(index: -1, value: 0))
        return nodes
    }
}
