import Foundation
import Imaging
import Recognition
import VisageCore

/// A pairs file in the format of Labeled Faces in the Wild: a header with the number of folds and of pairs of each
/// kind in a fold, then for each fold the same pairs (`name n m`) and the different ones (`name n name m`).
public struct LFWPairs: Sendable {
    /// An image of the data set.
    public struct Image: Sendable, Hashable {
        public let name: String
        public let number: Int

        package init(name: String, number: Int) {
            self.name = name
            self.number = number
        }

        /// Path in the image folder: `Name/Name_0001.jpg`.
        public var path: String {
            let digits = String(number)
            return "\(name)/\(name)_\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).jpg"
        }
    }

    public struct Pair: Sendable {
        public let left: Image
        public let right: Image
        public var isSame: Bool { left.name == right.name }
    }

    /// The folds of the cross-validation. A file with one fold is divided into ten interleaved parts.
    public let folds: [[Pair]]

    public var pairs: [Pair] { folds.flatMap { $0 } }
    /// Every image once, in the order of the file.
    public var images: [Image] {
        var seen: Set<Image> = []
        return pairs.flatMap { [$0.left, $0.right] }.filter { seen.insert($0).inserted }
    }

    /// - Throws: `VisageError` (notFound, unreadable) naming the line.
    public init(_ file: URL) throws {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw VisageError(.notFound, "The pairs file \(file.path) cannot be read")
        }
        // Lines keep their numbers, blank ones are left out.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
            .map { (number: $0.offset + 1, fields: $0.element.split(whereSeparator: \.isWhitespace).map(String.init)) }
            .filter { !$0.fields.isEmpty }
        let header = lines.first?.fields.map { Int($0) ?? 0 } ?? []
        guard let first = header.first, header.count <= 2, header.allSatisfy({ $0 > 0 }) else {
            throw VisageError(
                .unreadable, "\(file.path), line \(lines.first?.number ?? 1): the number of folds or pairs is missing")
        }
        // `300` alone means one fold of 300 pairs of each kind, as in LFW's development sets.
        let foldCount = header.count > 1 ? first : 1
        let pairs = try lines.dropFirst().map { number, fields -> Pair in
            if fields.count == 3, let left = Int(fields[1]), let right = Int(fields[2]) {
                return Pair(left: Image(name: fields[0], number: left), right: Image(name: fields[0], number: right))
            }
            if fields.count == 4, let left = Int(fields[1]), let right = Int(fields[3]) {
                return Pair(left: Image(name: fields[0], number: left), right: Image(name: fields[2], number: right))
            }
            throw VisageError(
                .unreadable, "\(file.path), line \(number): neither `name n m` nor `name n name m`")
        }
        let (promised, overflow) = header.reduce((2, false)) { product, factor in
            let (value, overflow) = product.0.multipliedReportingOverflow(by: factor)
            return (value, overflow || product.1)
        }
        guard !overflow, pairs.count == promised else {
            throw VisageError(
                .unreadable,
                "\(file.path) has \(pairs.count) pairs where its first line promises "
                    + (overflow ? "more than can be" : "\(promised)"))
        }
        let parts = max(foldCount, 1) == 1 ? 10 : foldCount
        guard pairs.count >= parts else { throw VisageError(.unreadable, "\(file.path) has too few pairs") }
        if foldCount > 1 {
            let size = pairs.count / foldCount
            folds = (0..<foldCount).map {
                Array(pairs[$0 * size..<($0 == foldCount - 1 ? pairs.count : ($0 + 1) * size)])
            }
        } else {
            folds = (0..<parts).map { part in stride(from: part, to: pairs.count, by: parts).map { pairs[$0] } }
        }
    }
}

extension PhotoReader {
    /// The embeddings of a pairs file's images, without those that have no face; the face nearest the center counts.
    /// - Parameters:
    ///   - folder: the image folder, to which `Image.path` is relative.
    ///   - progress: called after each image with the number done; from any thread.
    /// - Throws: `VisageError` (notFound) for an image that is not there; (engine).
    public func embeddings(
        of images: [LFWPairs.Image], in folder: URL, concurrency: Int, progress: @escaping @Sendable (Int) -> Void
    ) throws -> [LFWPairs.Image: Embedding] {
        let done = Counter(progress)
        let found = try concurrentMap(images, width: concurrency) { image -> Embedding? in
            defer { done.increment() }
            let file = folder.appending(path: image.path)
            guard let data = try? Photo.read(file) else {
                throw VisageError(.notFound, "\(file.path) cannot be read; the pairs file asks for it")
            }
            do {
                return try read(data, choice: .nearestToCenter).sample.embedding
            } catch is PhotoReader.Unusable {
                return nil
            }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(images, found).compactMap { image, embedding in embedding.map { (image, $0) } })
    }
}
