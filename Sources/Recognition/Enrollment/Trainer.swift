import Foundation
import Imaging
import Inference
import Storage
import VisageCore

/// Makes a gallery out of photos.
public struct Trainer: Sendable {
    /// A photo that could not be used.
    public struct LeftOut: Sendable {
        public let photo: URL
        public let reason: String
        /// Whether another photo of the person has the same content.
        public var isCopy = false
    }

    /// What is wanted of a gallery.
    public struct Options: Sendable {
        public var matching = Matching.svm
        /// The share of strangers who may get a name.
        public var falseNames = 0.01
        /// Photos of people who are not to be known, as they come before the user's cameras.
        public var strangers: FacesFolder?
        /// The stranger rule, where it is not to be found anew; goes without strangers.
        public var rule: StrangerRule?
        /// The one on the embedder, which the gallery keeps.
        public var head: HeadFile?

        public init() {}
    }

    /// What came of a training.
    public struct Report: Sendable {
        public var gallery: Gallery
        public let leftOut: [LeftOut]
        /// Photos with several faces of which one was taken.
        public let choices: [ChosenFace]
        /// Photos whose embedding was known from the earlier gallery.
        public let cached: Int
        /// People of the folder who have no usable photo and are not in the gallery.
        public let missing: [String]
        /// Of the strangers' folder, those who are in the gallery and do not count as strangers.
        public let known: [String]
        /// The most alike first.
        public let lookAlikes: [Gallery.LookAlikes]
        /// Of each person's photos, those that are no more similar to the person's others than to a photo of somebody who was
        /// taken for this person: one of the two is in the wrong place.
        public var doubtful: [Doubtful]
    }

    /// A photo of a person, and one that is said to show somebody else.
    public struct Doubtful: Sendable {
        public var photo: URL
        public var other: URL
    }

    public let reader: PhotoReader
    public let embedder: EmbedderOrigin
    private let detector: Gallery.DetectorOrigin
    private let curve: [ModelManifest.ImpostorRate]
    private let concurrency: Int

    public init(
        reader: PhotoReader, embedder: EmbedderOrigin, detector: Gallery.DetectorOrigin,
        curve: [ModelManifest.ImpostorRate], concurrency: Int
    ) {
        self.reader = reader
        self.embedder = embedder
        self.detector = detector
        self.curve = curve
        self.concurrency = concurrency
    }

    /// - Parameters:
    ///   - earlier: a gallery whose embeddings are taken over where photo and networks are the same.
    ///   - progress: called after each photo with the number done; from any thread.
    /// - Throws: `VisageError` (gallery) if nobody has a usable photo, (unreadable) for a folder whose name is neither the
    ///   name of a person nor in the earlier gallery.
    public func train(
        _ faces: FacesFolder, earlier: Gallery?, options: Options, progress: @escaping @Sendable (Int) -> Void
    ) throws -> Report {
        try check(faces, options.matching)
        try faces.checkNames(besides: earlier?.people ?? [])
        let usable = earlier.flatMap { isCompatible($0) ? $0 : nil }
        // Which of several faces is meant depends on the person's other photos, so those photos are read again.
        let chosenBefore = Set((usable?.description.choices ?? []).map(\.sha256))
        let known = Dictionary(
            (usable?.samples ?? []).filter { !chosenBefore.contains($0.photo) }.map {
                ($0.photo, (embedding: $0.embedding, quality: $0.quality))
            },
            uniquingKeysWith: { first, _ in first })
        let refused = usable?.description.leftOut ?? [:]
        let photos = faces.people.flatMap { person in person.photos.map { (person.name, $0) } }

        let done = Counter(progress)
        let outcomes = try concurrentMap(photos, width: concurrency) { person, url -> Outcome in
            defer { done.increment() }
            let data: Data
            do {
                data = try Photo.read(url)
            } catch let error as VisageError {
                let reason = error.cause.map { "unreadable: \($0)" } ?? "unreadable"
                return Outcome(person: person, url: url, digest: "", result: .failure(.init(reason: reason)))
            }
            let digest = FileDigest.sha256(of: data)
            func outcome(_ result: Outcome.Content, cached: Bool = false) -> Outcome {
                Outcome(person: person, url: url, digest: digest, result: result, cached: cached)
            }
            if let (embedding, quality) = known[digest] { return outcome(.success((embedding, quality)), cached: true) }
            if let reason = refused[digest] { return outcome(.failure(.init(reason: reason))) }
            do {
                let candidates = try reader.candidates(data)
                if let only = candidates.first, candidates.count == 1 { return outcome(Self.learned(only.sample)) }
                var several = outcome(.failure(.init(reason: Self.ambiguous(candidates.count))))
                several.candidates = candidates
                return several
            } catch let unusable as PhotoReader.Unusable {
                return outcome(.failure(unusable))
            } catch let error as VisageError {
                throw VisageError(error.code, "\(url.path): \(error.message)", cause: error.cause)
            }
        }
        let mistakes = try mistakes(faces, earlier: usable)
        let (chosen, choices) = choose(outcomes)
        let calibrator = Calibrator(
            curve: curve,
            strangers: try options.strangers.map {
                try Strangers($0, besides: faces.people.map(\.name), reader, width: concurrency) { done.increment() }
            })
        var (gallery, leftOut) = try assemble(
            chosen, people: faces.people.map(\.name), options,
            rule: { try options.rule ?? calibrator.rule(falseNames: $0, comparisons: $1) })
        gallery.others = mistakes.flatMap { mistake in
            gallery.people.firstIndex(of: mistake.person).flatMap(mistake.sample).map { [$0] } ?? []
        }
        leftOut += mistakes.compactMap { mistake in
            mistake.sample(0) == nil
                ? LeftOut(photo: mistake.url, reason: "no face that can be compared is found in it") : nil
        }
        gallery.description.choices = choices.isEmpty ? nil : choices.map(\.record)
        gallery.description.sources = Gallery.Sources(faces: faces, strangers: options.strangers)
        let lookAlikes = try calibrator.calibrate(&gallery)
        let missing = Set(faces.people.map(\.name)).subtracting(gallery.people)
        return Report(
            gallery: gallery, leftOut: leftOut, choices: choices, cached: outcomes.filter(\.cached).count,
            missing: missing.sorted(),
            known: calibrator.strangers?.namesakes ?? [], lookAlikes: lookAlikes,
            doubtful: Self.doubtful(chosen, mistakes))
    }

    /// A photo of somebody who was taken for a person.
    private struct Mistake: Sendable {
        let person: String
        let url: URL
        let digest: String
        /// nil if it cannot be compared with anything.
        let content: (embedding: Embedding, quality: Double)?

        func sample(_ person: Int) -> Gallery.Sample? {
            content.map {
                Gallery.Sample(photo: digest, person: person, quality: $0.quality, embedding: $0.embedding)
            }
        }
    }

    private func mistakes(_ faces: FacesFolder, earlier: Gallery?) throws -> [Mistake] {
        let known = Dictionary(
            (earlier?.others ?? []).map { ($0.photo, ($0.embedding, $0.quality)) }, uniquingKeysWith: { one, _ in one })
        let photos = faces.people.flatMap { person in person.others.map { (person.name, $0) } }
        return try concurrentMap(photos, width: concurrency) { person, url in
            guard let data = try? Photo.read(url) else {
                return Mistake(person: person, url: url, digest: "", content: nil)
            }
            let digest = FileDigest.sha256(of: data)
            let content =
                try known[digest]
                ?? reader.readUsable(data, choice: .largest).map { ($0.sample.embedding, $0.sample.quality.overall) }
            return Mistake(person: person, url: url, digest: digest, content: content)
        }
    }

    private static func doubtful(_ outcomes: [Outcome], _ mistakes: [Mistake]) -> [Doubtful] {
        mistakes.flatMap { mistake -> [Doubtful] in
            guard let wrong = mistake.content?.embedding else { return [] }
            let own = outcomes.compactMap { outcome in
                outcome.person == mistake.person
                    ? (try? outcome.result.get()).map { (url: outcome.url, content: $0) } : nil
            }
            return own.indices.compactMap { index in
                let rest = own.indices.filter { $0 != index }.map { own[$0].content }
                let face = own[index].content.embedding
                // Of one photo alone, a look-alike is not to be told from the person.
                guard let mean = Embedding.mean(rest.map { ($0.embedding, max(0.05, $0.quality)) }),
                    face.similarity(wrong) >= mean.similarity(face)
                else { return nil }
                return Doubtful(photo: own[index].url, other: mistake.url)
            }
        }
    }

    /// Before an hour is spent on what cannot come to an end.
    private func check(_ faces: FacesFolder, _ matching: Matching) throws {
        guard matching == .svm, faces.people.count > Matching.tooManyPeople else { return }
        throw VisageError(
            .gallery,
            "An SVM for \(faces.people.count) people would need \(faces.people.count * (faces.people.count - 1) / 2) "
                + "pairs; use --matching nearest, or leave people out down to \(Matching.tooManyPeople)")
    }

    private struct Outcome: Sendable {
        typealias Content = Result<(embedding: Embedding, quality: Double), PhotoReader.Unusable>
        let person: String
        let url: URL
        let digest: String
        var result: Content
        var cached = false
        /// Of a photo with several faces.
        var candidates: [(face: Face, sample: FaceSample)] = []
    }

    private static func ambiguous(_ faces: Int) -> String {
        "\(faces) faces, and the person's other photos do not say clearly which one; crop it to one"
    }

    private static func learned(_ sample: FaceSample) -> Outcome.Content {
        EnrollmentRule.embedding(of: sample).map { .success(($0, sample.quality.overall)) }
            ?? .failure(.init(reason: "too blurred or too dark to learn from"))
    }

    /// Settles photos with several faces: the face that the person's other photos agree on.
    private func choose(_ outcomes: [Outcome]) -> ([Outcome], [ChosenFace]) {
        guard let choice = FaceChoice(curve) else { return (outcomes, []) }
        var outcomes = outcomes
        var choices: [ChosenFace] = []
        for (_, own) in Dictionary(grouping: outcomes.indices, by: { outcomes[$0].person }).sorted(by: {
            $0.key < $1.key
        }) {
            // A copy of a photo is no second photo of the person.
            var seen: Set<String> = []
            let open = own.filter { !outcomes[$0].candidates.isEmpty && seen.insert(outcomes[$0].digest).inserted }
            let certain = own.compactMap { try? outcomes[$0].result.get().embedding }
            let candidates = open.map { index in
                outcomes[index].candidates.compactMap { candidate in
                    EnrollmentRule.embedding(of: candidate.sample).map { (candidate: candidate, embedding: $0) }
                }
            }
            let found = choice.choose(
                candidates.map { .init(candidates: $0.map(\.embedding)) }, certain: certain)
            for (place, index) in open.enumerated() {
                guard let found = found[place] else { continue }
                let (face, sample) = candidates[place][found.candidate].candidate
                outcomes[index].result = Self.learned(sample)
                choices.append(
                    ChosenFace(
                        photo: outcomes[index].url, sha256: outcomes[index].digest, person: outcomes[index].person,
                        faces: outcomes[index].candidates.count, box: face.box, similarity: found.similarity,
                        next: found.next))
            }
        }
        return (outcomes, choices)
    }

    private func isCompatible(_ gallery: Gallery) -> Bool {
        // Galleries from before there was an adjustment were made without the rules of enrollment.
        gallery.description.calibration.rule.isCurrent && gallery.description.embedder.isCompatible(with: embedder)
            && gallery.description.detector == detector
    }

    private func assemble(
        _ outcomes: [Outcome], people: [String], _ options: Options, rule: (Double, Int) throws -> StrangerRule
    ) throws -> (Gallery, leftOut: [LeftOut]) {
        let found = Set(outcomes.compactMap { (try? $0.result.get()) == nil ? nil : $0.person })
        let names = people.filter(found.contains).sorted()
        let index = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
        var samples: [Gallery.Sample] = []
        var leftOut: [LeftOut] = []
        var refused: [String: String] = [:]
        var ambiguous: [String] = []
        var seen: Set<String> = []
        for outcome in outcomes {
            switch outcome.result {
            case .success(let content):
                guard let person = index[outcome.person] else { continue }
                guard seen.insert("\(person) \(outcome.digest)").inserted else {
                    leftOut.append(
                        LeftOut(
                            photo: outcome.url, reason: "the same file as another photo of this person", isCopy: true))
                    continue
                }
                samples.append(
                    Gallery.Sample(
                        photo: outcome.digest, person: person, quality: content.quality, embedding: content.embedding))
            case .failure(let unusable):
                leftOut.append(LeftOut(photo: outcome.url, reason: unusable.reason))
                if !outcome.candidates.isEmpty {
                    ambiguous.append(outcome.digest)
                } else if !outcome.digest.isEmpty {
                    refused[outcome.digest] = unusable.reason
                }
            }
        }
        guard !samples.isEmpty else {
            let why = leftOut.first.map { "; the first, \($0.photo.path): \($0.reason)" } ?? ""
            throw VisageError(.gallery, "None of the \(outcomes.count) photos can be used\(why)")
        }
        let comparisons = options.matching == .svm ? names.count : samples.count
        let rule = try rule(options.falseNames, comparisons)
        let description = Gallery.Description(
            people: names.indices.map { person in
                Gallery.Person(name: names[person], photos: samples.filter { $0.person == person }.count)
            },
            embedder: embedder, detector: detector, matching: options.matching,
            calibration: Gallery.Calibration(rule: rule), files: [:], leftOut: refused)
        var gallery = Gallery(description: description, samples: samples, svm: nil)
        gallery.description.ambiguous = ambiguous.isEmpty ? nil : ambiguous
        gallery.head = options.head
        return (gallery, leftOut)
    }
}
