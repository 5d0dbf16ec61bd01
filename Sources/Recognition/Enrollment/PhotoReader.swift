import Foundation
import Imaging
import VisageCore

/// Finds and embeds the faces of photos. Safe to call from several threads.
public struct PhotoReader: Sendable {
    /// Which of a photo's faces counts.
    public enum Choice: Sendable {
        /// The only one; several are refused.
        case single
        case largest
        case nearestToCenter
    }

    /// Why a photo gives no embedding, as a person is told.
    public struct Unusable: Error, Sendable {
        public let reason: String
    }

    /// Pixels that the longer side of a photo is scaled to for detection, unless something else is asked for.
    package static let defaultInput = 640
    /// Smaller faces hold too little to learn from.
    static let minimumSide = 24.0
    /// Beside a face, another counts when its box is at least this share of the first one's side: people far
    /// behind do not make a portrait a group.
    static let secondFaceShare = 0.33
    /// Of a crowd, the largest faces are looked at.
    private static let maxCandidates = 12

    private let detector: any FaceDetector
    /// Sees half the size: for faces that fill the picture.
    private let coarse: any FaceDetector
    private let embedder: any FaceEmbedder
    private let minimumScore: Double

    /// - Parameter minimumScore: faces with a lower score do not count.
    public init(
        detector: any FaceDetector, coarse: any FaceDetector, embedder: any FaceEmbedder, minimumScore: Double
    ) {
        self.detector = detector
        self.coarse = coarse
        self.embedder = embedder
        self.minimumScore = minimumScore
    }

    /// - Throws: `VisageError` (unreadable) if it is not a picture.
    public func picture(_ photo: Data) throws -> PixelBuffer { try Photo.decode(photo) }

    /// All faces that count, best score first.
    public func faces(in picture: PixelBuffer) throws -> [Face] {
        let faces = try detector.detect(in: picture).filter { $0.score >= minimumScore }
        if !faces.isEmpty { return faces }
        return try coarse.detect(in: picture).filter { $0.score >= minimumScore }
    }

    public func sample(_ face: Face, in picture: PixelBuffer) throws -> FaceSample {
        try embedder.sample(face, in: picture)
    }

    /// Face and sample of the one face that counts; nil if the photo has none that can be used.
    /// - Throws: `VisageError` (engine).
    public func readUsable(_ photo: Data, choice: Choice) throws -> (face: Face, sample: FaceSample)? {
        do {
            return try read(photo, choice: choice)
        } catch is Unusable {
            return nil
        }
    }

    /// The same with another embedder.
    public func with(_ embedder: any FaceEmbedder) -> PhotoReader {
        PhotoReader(detector: detector, coarse: coarse, embedder: embedder, minimumScore: minimumScore)
    }

    /// Face and sample of the one face that counts.
    /// - Throws: `Unusable` with the reason, or `VisageError` (engine).
    public func read(_ photo: Data, choice: Choice) throws -> (face: Face, sample: FaceSample) {
        try reading(photo) { picture in
            let face = try self.face(of: picture, choice)
            return (face, try embedder.sample(face, in: picture))
        }
    }

    /// The one face that counts.
    /// - Throws: `Unusable` with the reason, or `VisageError` (engine).
    public func find(_ photo: Data, choice: Choice) throws -> (face: Face, picture: PixelBuffer) {
        try reading(photo) { (try face(of: $0, choice), $0) }
    }

    private func face(of picture: PixelBuffer, _ choice: Choice) throws -> Face {
        let found = try faces(in: picture)
        guard let largest = found.max(by: { $0.box.area < $1.box.area }) else { throw Unusable(reason: "no face") }
        let face: Face
        switch choice {
        case .largest: face = largest
        case .nearestToCenter:
            let center = Point(x: Double(picture.width) / 2, y: Double(picture.height) / 2)
            face = found.min { ($0.box.center - center).length < ($1.box.center - center).length } ?? largest
        case .single:
            let rivals = found.filter { $0.box.shortSide >= Self.secondFaceShare * largest.box.shortSide }
            guard rivals.count == 1 else { throw Unusable(reason: "\(rivals.count) faces; crop it to one") }
            face = largest
        }
        try Self.checkSize(face)
        return face
    }

    /// The faces that may be the one whom the photo is of, the largest first: the largest, and others not much smaller.
    /// - Throws: `Unusable` with the reason, or `VisageError` (engine).
    func candidates(_ photo: Data) throws -> [(face: Face, sample: FaceSample)] {
        try reading(photo) { picture in
            let found = try faces(in: picture).sorted { $0.box.area > $1.box.area }
            guard let largest = found.first else { throw Unusable(reason: "no face") }
            try Self.checkSize(largest)
            return try found.filter {
                $0.box.shortSide >= max(Self.minimumSide, Self.secondFaceShare * largest.box.shortSide)
            }.prefix(Self.maxCandidates).map { ($0, try embedder.sample($0, in: picture)) }
        }
    }

    /// Decodes the photo when there is memory for it beside those that other threads read.
    private func reading<Result>(_ photo: Data, _ body: (PixelBuffer) throws -> Result) throws -> Result {
        do {
            let content = try PhotoContent(photo)
            return try PhotoMemory.shared.with(content.memory) { try body(Photo.decode(content)) }
        } catch let error as VisageError where error.code == .unreadable {
            throw Unusable(reason: "unreadable: \(error.cause ?? error.message)")
        }
    }

    private static func checkSize(_ face: Face) throws {
        guard face.box.shortSide >= minimumSide else {
            throw Unusable(
                reason: "too small: the face is \(Int(face.box.shortSide)) pixels wide, at least \(Int(minimumSide)) "
                    + "are needed")
        }
    }
}
