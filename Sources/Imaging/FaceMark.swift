import VisageCore

/// What is drawn of a face: its outline, and who it is.
public struct FaceMark: Sendable, Equatable {
    /// Tells by its color what is known of a face.
    public enum Kind: String, Sendable, CaseIterable {
        /// Nothing yet.
        case undecided = "Undecided"
        /// A person who is not in the gallery.
        case unknown = "Unknown"
        /// Somebody of the gallery.
        case known = "Known"

        public var color: Canvas.Color {
            switch self {
            case .undecided: .gray
            case .unknown: .orange
            case .known: .green
            }
        }
    }

    public var box: BoundingBox
    public var kind: Kind
    /// nil for no text.
    public var text: String?

    public init(box: BoundingBox, kind: Kind, text: String?) {
        self.box = box
        self.kind = kind
        self.text = text
    }

    public init(box: BoundingBox, verdict: Verdict?) {
        self.box = box
        switch verdict?.identity {
        case nil: (kind, text) = (.undecided, nil)
        case .unknown: (kind, text) = (.unknown, "unknown")
        case .person(let name):
            let similarity = verdict?.match.map { " \(Int(($0.similarity * 100).rounded())) %" } ?? ""
            (kind, text) = (.known, name + similarity)
        }
    }

    public init(_ face: ShownFace) { self.init(box: face.face.box, verdict: face.verdict) }

    // Legible at any size: a hundredth and a bit of the picture's height.

    /// Of the outline, in pixels.
    public static func thickness(height: Int) -> Double { max(2, (Double(height) / 240).rounded()) }

    /// Of the letters, in pixels.
    public static func letterHeight(height: Int) -> Int { Int(max(12, Double(height) / 34)) }
}
