import VisageCore

/// The triplet loss of the FaceNet paper (Schroff, Kalenichenko, Philbin: FaceNet, 2015): of anchor, positive and
/// negative on the unit sphere, max(0, |a - p|² - |a - n|² + margin). There |a - b|² is 2 - 2 a·b.
struct TripletLoss {
    /// Which negative an anchor and a positive get.
    enum Mining {
        /// The nearest of those further away than the positive, as in the paper: the hardest ones of all collapse.
        case semiHard
        /// The nearest.
        case hard
    }

    let margin: Float
    let mining: Mining

    /// A face in a batch: what goes into the head and what comes out.
    struct Member {
        let person: Int
        let input: Vector
        /// Before it is scaled to unit length.
        let length: Float
        /// Of unit length.
        let output: Vector
    }

    static func members(_ people: [Int], _ inputs: [Vector], _ weights: [Vector]) -> [Member] {
        zip(people, inputs).map { person, input in
            let raw = weights.map { $0.dot(input) }
            let length = max(1e-6, raw.reduce(0) { $0 + $1 * $1 }.squareRoot())
            return Member(person: person, input: input, length: length, output: Vector(raw.map { $0 / length }))
        }
    }

    /// Mean loss over all pairs of one person for which a negative is found, and its gradient by output.
    func gradient(_ members: [Member]) -> (loss: Double, triplets: Int, gradients: [Vector]) {
        let zero = Vector([Float](repeating: 0, count: members.first.map { $0.output.count } ?? 0))
        var gradients = [Vector](repeating: zero, count: members.count)
        var (loss, triplets, active) = (0.0, 0, 0)
        for anchor in members.indices {
            let cosines = members.map { $0.output.dot(members[anchor].output) }
            for positive in members.indices
            where positive != anchor && members[positive].person == members[anchor].person {
                guard let negative = negative(for: anchor, cosines[positive], cosines, members) else { continue }
                triplets += 1
                let value = 2 * (cosines[negative] - cosines[positive]) + margin
                guard value > 0 else { continue }
                active += 1
                loss += Double(value)
                gradients[anchor].add(members[negative].output, times: 2)
                gradients[anchor].add(members[positive].output, times: -2)
                gradients[positive].add(members[anchor].output, times: -2)
                gradients[negative].add(members[anchor].output, times: 2)
            }
        }
        let scale = 1 / Float(max(1, active))
        return (loss / Double(max(1, triplets)), active, gradients.map { $0.scaled(by: scale) })
    }

    private func negative(for anchor: Int, _ positive: Float, _ cosines: [Float], _ members: [Member]) -> Int? {
        var best: Int?
        for index in members.indices where members[index].person != members[anchor].person {
            if mining == .semiHard, cosines[index] >= positive { continue }
            if best.map({ cosines[$0] < cosines[index] }) ?? true { best = index }
        }
        return best
    }

    /// The gradient by the head's weights: through the scaling to unit length, and outer products with the inputs.
    static func byWeights(_ gradients: [Vector], _ members: [Member], outputs: Int, zero: Vector) -> [Vector] {
        var result = [Vector](repeating: zero, count: outputs)
        for (member, gradient) in zip(members, gradients) {
            var raw = gradient
            raw.add(member.output, times: -gradient.dot(member.output))
            for (row, value) in raw.values(outputs).enumerated() where value != 0 {
                result[row].add(member.input, times: value / member.length)
            }
        }
        return result
    }
}
