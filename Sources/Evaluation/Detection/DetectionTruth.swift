import Foundation
import VisageCore

/// Pictures with the boxes of their faces, in the XML format of dlib's image labeler: `<image file='…'>` elements that
/// contain `<box top='…' left='…' width='…' height='…'/>`. A regular expression suffices to read it.
public struct DetectionTruth: Sendable {
    /// A picture and its faces.
    public struct Picture: Sendable {
        public let file: URL
        public internal(set) var faces: [BoundingBox] = []
        /// Faces that count neither as found nor as missed (`ignore='1'`).
        public internal(set) var ignored: [BoundingBox] = []
    }

    /// Sorted by path. If several files describe a picture, the first one counts.
    public let pictures: [Picture]

    /// - Parameter folder: contains `.xml` files and the pictures that they name.
    /// - Throws: `VisageError` (notFound, unreadable).
    public init(_ folder: URL) throws {
        let content = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let files = (content ?? []).filter { $0.pathExtension == "xml" }.sorted { $0.path < $1.path }
        guard !files.isEmpty else { throw VisageError(.notFound, "\(folder.path) has no .xml file with boxes") }
        var known: [String: Picture] = [:]
        for file in files {
            // dlib writes ISO-8859-1; everything that is read here is ASCII.
            guard let text = (try? Data(contentsOf: file)).flatMap({ String(data: $0, encoding: .isoLatin1) }) else {
                throw VisageError(.unreadable, "\(file.path) cannot be read")
            }
            let found = try Self.pictures(in: text, folder: folder, file: file)
            known.merge(found.map { ($0.file.path, $0) }, uniquingKeysWith: { first, _ in first })
        }
        pictures = known.values.sorted { $0.file.path < $1.file.path }
    }

    private static func pictures(in text: String, folder: URL, file: URL) throws -> [Picture] {
        var pictures: [Picture] = []
        for element in text.matches(of: #/<(image|box)\b([^>]*)>/#) {
            let attributes = Dictionary(
                element.2.matches(of: #/(\w+)\s*=\s*['"]([^'"]*)['"]/#).map { (String($0.1), String($0.2)) },
                uniquingKeysWith: { first, _ in first })
            if element.1 == "image" {
                guard let name = attributes["file"] else {
                    throw VisageError(.unreadable, "\(file.path) has an image without a file")
                }
                pictures.append(Picture(file: folder.appending(path: name)))
                continue
            }
            let numbers = ["left", "top", "width", "height"].compactMap { attributes[$0].flatMap { Double($0) } }
            guard numbers.count == 4, let last = pictures.indices.last else {
                throw VisageError(.unreadable, "\(file.path) has a box without a place: \(element.0)")
            }
            let box = BoundingBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
            if attributes["ignore"] == "1" {
                pictures[last].ignored.append(box)
            } else {
                pictures[last].faces.append(box)
            }
        }
        return pictures
    }
}
