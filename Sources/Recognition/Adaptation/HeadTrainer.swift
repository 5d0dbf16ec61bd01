import Foundation
import Inference
import VisageCore

/// Learns a linear head on frozen embeddings with the triplet loss. People are split three ways: those it learns from,
/// those who say when to stop, and those who say whether it helped and were seen by neither.
public struct HeadTrainer: Sendable {
    public struct Options: Sendable {
        /// As in the FaceNet paper.
        public var margin = 0.2
        public var isHard = false
        public var epochs = 100
        /// Epochs without a better loss on the people who say when to stop.
        public var patience = 10
        /// Adam's.
        public var rate = 0.001
        /// Photos that are looked at together: all pairs of them are candidates. A tenth of them are one person's at most.
        public var batch = 400
        public var seed: UInt64 = 1

        public init() {}
    }

    /// What an epoch brought.
    public struct Epoch: Sendable {
        public let loss: Double
        /// On the people who say when to stop.
        public let heldOutLoss: Double
        public let heldOutAccuracy: Double
    }

    public struct Outcome: Sendable {
        public let head: LinearHead
        public let epochs: [Epoch]
        /// The epoch whose head was kept; 0 is the embedder as it was.
        public let best: Int
        public let trainedPeople: Int
        public let trainedPhotos: Int
        /// On the people who were seen by neither learning nor stopping.
        public let before: PairFigures
        public let after: PairFigures
        /// How often different people are alike with the head: as far as these people's pairs tell.
        public let impostors: [ModelManifest.ImpostorRate]
        /// Of draws of these people with replacement, the share in which TAR at FAR 1 % is greater with the head.
        public let confidence: Double

        /// Nineteen of twenty draws must say so.
        public var helps: Bool { after.tarAt1Percent > before.tarAt1Percent && confidence >= 0.95 }

        /// Whether `impostors` suffices to train a gallery with the head and no strangers of one's own.
        public var knowsStrangers: Bool { impostors.count >= 2 }
    }

    /// People with two photos or more without whom no split says anything.
    public static let minPeople = 10

    private let options: Options
    private let dimension: Int
    private let learning: [[Vector]]
    private let stopping: [[Vector]]
    private let judging: [[Vector]]

    /// - Parameter people: each one's embeddings, all of one length; who has one photo alone is left out.
    /// - Throws: `VisageError` (gallery) if there are too few people.
    public init(_ people: [[Embedding]], options: Options = Options()) throws {
        var usable = people.filter { $0.count >= 2 }
        guard usable.count >= Self.minPeople, let dimension = usable.first?.first?.dimension else {
            throw VisageError(
                .gallery,
                "A head is learnt from at least \(Self.minPeople) people with two photos or more, better from hundreds; "
                    + "there are \(usable.count)")
        }
        var random = SplitMix(seed: options.seed)
        usable.shuffle(using: &random)
        let vectors = usable.map { $0.map { Vector($0.values) } }
        let fifth = max(2, vectors.count / 5)
        judging = Array(vectors.prefix(fifth))
        stopping = Array(vectors.dropFirst(fifth).prefix(fifth))
        learning = Array(vectors.dropFirst(2 * fifth))
        self.dimension = dimension
        self.options = options
    }

    /// - Parameter progress: called after each epoch.
    public func train(progress: (Int, Epoch) -> Void) -> Outcome {
        let loss = TripletLoss(margin: Float(options.margin), mining: options.isHard ? .hard : .semiHard)
        var random = SplitMix(seed: options.seed)
        let start = LinearHead(identityOf: dimension).weights
        var learner = Learner(start, rate: Float(options.rate))
        var epochs: [Epoch] = []
        var best = (epoch: 0, weights: start, loss: evaluate(start, loss).loss)
        for number in 1...max(1, options.epochs) {
            var sum = (loss: 0.0, batches: 0)
            for batch in batches(&random) {
                let members = TripletLoss.members(batch.people, batch.inputs, learner.weights)
                let (value, _, gradients) = loss.gradient(members)
                sum = (sum.loss + value, sum.batches + 1)
                learner.step(gradients, members)
            }
            let heldOut = evaluate(learner.weights, loss)
            let epoch = Epoch(
                loss: sum.loss / Double(max(1, sum.batches)), heldOutLoss: heldOut.loss,
                heldOutAccuracy: heldOut.figures.accuracy)
            epochs.append(epoch)
            progress(number, epoch)
            if epoch.heldOutLoss < best.loss { best = (number, learner.weights, epoch.heldOutLoss) }
            if number - best.epoch >= options.patience { break }
        }
        return outcome(best.weights, at: best.epoch, epochs)
    }

    private func outcome(_ weights: [Vector], at epoch: Int, _ epochs: [Epoch]) -> Outcome {
        let adapted = Self.apply(weights, to: judging)
        var random = SplitMix(seed: options.seed + 1)
        let draws = 400
        let wins = (0..<draws).count { _ in
            let drawn = judging.indices.map { _ in Int.random(in: judging.indices, using: &random) }
            // One drawn twice must not be an impostor of himself.
            let people = Array(Set(drawn)).sorted()
            return PairFigures(people.map { adapted[$0] }).tarAt1Percent
                > PairFigures(people.map { judging[$0] }).tarAt1Percent
        }
        return Outcome(
            head: LinearHead(inputs: dimension, weights: weights), epochs: epochs, best: epoch,
            trainedPeople: learning.count, trainedPhotos: learning.reduce(0) { $0 + $1.count },
            before: PairFigures(judging), after: PairFigures(adapted),
            impostors: PairFigures.impostorRates(adapted),
            confidence: Double(wins) / Double(draws))
    }

    private func evaluate(_ weights: [Vector], _ loss: TripletLoss) -> (loss: Double, figures: PairFigures) {
        let people = stopping.enumerated().flatMap { index, photos in photos.map { _ in index } }
        let members = TripletLoss.members(people, stopping.flatMap { $0 }, weights)
        return (loss.gradient(members).loss, PairFigures(Self.apply(weights, to: stopping)))
    }

    private static func apply(_ weights: [Vector], to people: [[Vector]]) -> [[Vector]] {
        people.map { photos in
            TripletLoss.members(photos.map { _ in 0 }, photos, weights).map(\.output)
        }
    }

    /// All people once, in another order each time, each in one batch. Of who has more photos than a batch takes of one
    /// person, others each time: alone in a batch, they would have no negatives.
    private func batches(_ random: inout SplitMix) -> [(people: [Int], inputs: [Vector])] {
        var result: [(people: [Int], inputs: [Vector])] = []
        var batch: (people: [Int], inputs: [Vector]) = ([], [])
        let most = max(2, options.batch / 10)
        for person in learning.indices.shuffled(using: &random) {
            let all = learning[person]
            let photos = all.count > most ? Array(all.shuffled(using: &random).prefix(most)) : all
            batch.people += photos.map { _ in person }
            batch.inputs += photos
            if batch.inputs.count >= options.batch {
                result.append(batch)
                batch = ([], [])
            }
        }
        // A rest of a few has no negatives worth learning from.
        if batch.inputs.count >= options.batch / 4 || result.isEmpty { result.append(batch) }
        return result
    }
}

/// Weights on their way, with Adam's memory.
private struct Learner {
    private(set) var weights: [Vector]
    private var first: [Vector]
    private var second: [Vector]
    private let zero: Vector
    private let rate: Float
    private var steps = 0

    init(_ weights: [Vector], rate: Float) {
        self.weights = weights
        self.rate = rate
        let none = Vector([Float](repeating: 0, count: weights.first?.count ?? 0))
        zero = none
        first = weights.map { _ in none }
        second = weights.map { _ in none }
    }

    mutating func step(_ gradients: [Vector], _ members: [TripletLoss.Member]) {
        let byWeights = TripletLoss.byWeights(gradients, members, outputs: weights.count, zero: zero)
        steps += 1
        for row in weights.indices {
            weights[row].step(
                byWeights[row], first: &first[row], second: &second[row], rate: rate, at: steps)
        }
    }
}
