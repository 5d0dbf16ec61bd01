import Foundation
import Storage

/// The names of the gallery's people, where this user may read them: `gallery.json` in the gallery's folder, or the
/// credential of this name that systemd hands over.
struct GalleryNames {
    private static let file = "gallery.json"
    private static let maxBytes = 64 << 20

    let folder: URL?

    private struct Content: Decodable {
        struct Person: Decodable {
            let name: String
        }

        let people: [Person]
    }

    /// nil if they cannot be read.
    func read() -> [String]? {
        let credentials = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"].map { URL(filePath: $0) }
        for folder in [folder, credentials].compactMap({ $0 }) {
            guard let data = try? BoundedFile.read(folder.appending(path: Self.file), limit: Self.maxBytes),
                let content = try? JSONDecoder().decode(Content.self, from: data)
            else { continue }
            return content.people.map(\.name)
        }
        return nil
    }
}
