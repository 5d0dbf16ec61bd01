import CLibSVM
import Foundation
import VisageCore

/// A model in libsvm's text format, in the memory layout of libsvm. libsvm's own reader trusts its input and crashes on a
/// file that contradicts itself; this one checks everything that libsvm's predictions rely on.
///
/// Safe to share: the memory is written by `init` alone, and libsvm's predictions only read it.
final class SupportVectorModel: @unchecked Sendable {
    /// What is wrong with a model.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// What a model must fit.
    struct Expectation {
        /// The labels are 0..<people, in any order.
        let people: Int
        /// Of the embeddings.
        let dimension: Int
        /// A model has at most as many support vectors as there are photos.
        let photos: Int
    }

    let pointer: UnsafeMutablePointer<svm_model>
    /// In the order of libsvm's probabilities.
    let labels: [Int]
    private let nodes: UnsafeMutablePointer<svm_node>
    private let vectors: UnsafeMutablePointer<UnsafeMutablePointer<svm_node>?>
    private let coefficients: UnsafeMutablePointer<Double>
    private let coefficientRows: UnsafeMutablePointer<UnsafeMutablePointer<Double>?>
    /// rho, probA and probB, one after the other.
    private let pairFigures: UnsafeMutablePointer<Double>
    /// Labels, then the number of support vectors of each.
    private let counts: UnsafeMutablePointer<Int32>

    /// - Throws: `Problem`.
    init(_ data: Data, _ expected: Expectation) throws(Problem) {
        // The zero ends the last number.
        let bytes = [UInt8](data) + [0]
        var text = SupportVectorText(bytes)
        let header = try SupportVectorHeader(&text, expected)
        let (people, total) = (expected.people, header.total)
        let width = expected.dimension + 1
        var nodes: [svm_node] = []
        var starts: [Int] = []
        var coefficients = [Double](repeating: 0, count: total * (people - 1))
        nodes.reserveCapacity(total * width)
        for vector in 0..<total {
            for row in 0..<people - 1 { coefficients[row * total + vector] = try text.number() }
            starts.append(nodes.count)
            var last = 0
            while !text.endsLine() {
                guard last < expected.dimension else { throw Problem(description: "a support vector is too long") }
                let index = try text.integer(in: last + 1...expected.dimension)
                try text.colon()
                nodes.append(svm_node(index: Int32(index), value: try text.number()))
                last = index
            }
            nodes.append(svm_node(index: -1, value: 0))
        }
        guard text.isAtEnd else { throw Problem(description: "it goes on after the last support vector") }

        self.nodes = Self.copy(nodes)
        self.coefficients = Self.copy(coefficients)
        let (base, first) = (self.nodes, self.coefficients)
        vectors = Self.copy(starts.map { base + $0 })
        coefficientRows = Self.copy((0..<people - 1).map { first + $0 * total })
        pairFigures = Self.copy(header.rho + header.probA + header.probB)
        counts = Self.copy((header.labels + header.vectors).map(Int32.init))
        labels = header.labels
        var model = svm_model()
        model.param.svm_type = Int32(C_SVC)
        model.param.kernel_type = Int32(LINEAR)
        model.nr_class = Int32(people)
        model.l = Int32(total)
        model.SV = vectors
        model.sv_coef = coefficientRows
        model.rho = pairFigures
        model.probA = pairFigures + header.rho.count
        model.probB = pairFigures + 2 * header.rho.count
        model.label = counts
        model.nSV = counts + people
        pointer = Self.copy([model])
    }

    deinit {
        pointer.deallocate()
        counts.deallocate()
        pairFigures.deallocate()
        coefficientRows.deallocate()
        vectors.deallocate()
        coefficients.deallocate()
        nodes.deallocate()
    }

    private static func copy<Element>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, values.count))
        values.withUnsafeBufferPointer {
            if let base = $0.baseAddress { memory.initialize(from: base, count: $0.count) }
        }
        return memory
    }
}

/// The lines before the support vectors.
private struct SupportVectorHeader {
    private(set) var labels: [Int] = []
    /// The number of support vectors by position of the label.
    private(set) var vectors: [Int] = []
    private(set) var total = 0
    /// By pair of labels.
    private(set) var rho: [Double] = []
    private(set) var probA: [Double] = []
    private(set) var probB: [Double] = []

    init(_ text: inout SupportVectorText, _ expected: SupportVectorModel.Expectation) throws(SupportVectorModel.Problem)
    {
        func problem(_ text: String) -> SupportVectorModel.Problem { .init(description: text) }
        let people = expected.people
        guard people >= 2, people <= Matching.tooManyPeople, expected.dimension > 0 else {
            throw problem("no model can be made for \(people) people")
        }
        let pairs = people * (people - 1) / 2
        var seen: Set<String> = []
        while true {
            let key = try text.word()
            guard seen.insert(key).inserted else { throw problem("\(key) is there twice") }
            switch key {
            case "svm_type": guard try text.word() == "c_svc" else { throw problem("it is no classifier") }
            case "kernel_type": guard try text.word() == "linear" else { throw problem("its kernel is not linear") }
            case "nr_class": _ = try text.integer(in: people...people)
            case "total_sv": total = try text.integer(in: 1...max(1, expected.photos))
            case "rho": rho = try text.numbers(pairs)
            case "probA": probA = try text.numbers(pairs)
            case "probB": probB = try text.numbers(pairs)
            case "label": labels = try text.integers(people, in: 0...people - 1)
            case "nr_sv": vectors = try text.integers(people, in: 0...max(1, expected.photos))
            case "SV": break
            default: throw problem("it has an unknown entry")
            }
            guard text.endsLine() else { throw problem("\(key) has too many values") }
            if key == "SV" { break }
        }
        guard seen.count == 10 else { throw problem("entries are missing before the support vectors") }
        guard Set(labels).count == people else { throw problem("a label is there twice") }
        guard vectors.reduce(0, +) == total else { throw problem("the numbers of support vectors do not add up") }
    }
}

/// Reads the words and numbers of the format, a line at a time.
private struct SupportVectorText {
    private typealias Problem = SupportVectorModel.Problem
    /// Larger numbers stand in no model, and sums of these stay finite.
    private static let largest = 1e12
    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter bytes: with a zero at the end.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count - 1 }

    private mutating func skipSpaces() {
        while bytes[position] == UInt8(ascii: " ") { position += 1 }
    }

    /// Whether the line ends here, which is then passed.
    mutating func endsLine() -> Bool {
        skipSpaces()
        guard bytes[position] == UInt8(ascii: "\n") else { return false }
        position += 1
        return true
    }

    /// The next word of the line, of at most 16 letters.
    mutating func word() throws(SupportVectorModel.Problem) -> String {
        skipSpaces()
        let start = position
        while bytes[position] > UInt8(ascii: " "), position - start < 16 { position += 1 }
        guard position > start else { throw Problem(description: "it is cut short") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func number() throws(SupportVectorModel.Problem) -> Double {
        skipSpaces()
        // strtod also takes "nan", and passes the ends of lines.
        guard (0x2B...0x39).contains(bytes[position]) else { throw Problem(description: "a number is missing") }
        let (value, length) = bytes.withUnsafeBufferPointer { buffer -> (Double, Int) in
            guard let base = buffer.baseAddress else { return (.nan, 0) }
            return (base + position).withMemoryRebound(to: CChar.self, capacity: buffer.count - position) { start in
                var end: UnsafeMutablePointer<CChar>?
                let value = strtod(start, &end)
                return (value, end.map { UnsafePointer($0) - start } ?? 0)
            }
        }
        guard length > 0, abs(value) <= Self.largest else { throw Problem(description: "a number is none") }
        position += length
        return value
    }

    mutating func numbers(_ count: Int) throws(SupportVectorModel.Problem) -> [Double] {
        var values: [Double] = []
        for _ in 0..<count { values.append(try number()) }
        return values
    }

    mutating func integer(in range: ClosedRange<Int>) throws(SupportVectorModel.Problem) -> Int {
        let value = try number()
        guard let integer = Int(exactly: value), range.contains(integer) else {
            throw Problem(description: "a number is out of range")
        }
        return integer
    }

    mutating func integers(_ count: Int, in range: ClosedRange<Int>) throws(SupportVectorModel.Problem) -> [Int] {
        var values: [Int] = []
        for _ in 0..<count { values.append(try integer(in: range)) }
        return values
    }

    mutating func colon() throws(SupportVectorModel.Problem) {
        guard bytes[position] == UInt8(ascii: ":") else { throw Problem(description: "a : is missing") }
        position += 1
    }
}
