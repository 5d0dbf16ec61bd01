import Foundation
import Mustache
import VisageCore

/// The HTML, from the templates in `Assets`. What is filled in is escaped unless a template says otherwise.
struct Templates: Sendable {
    private let library: MustacheLibrary

    /// - Throws: `VisageError` (engine): a template is wrong.
    static func load() throws -> Templates {
        do { return try Templates() } catch {
            throw VisageError(.engine, "A template cannot be used", cause: "\(error)")
        }
    }

    private init() throws {
        var library = MustacheLibrary()
        for (name, bytes) in Self.sources {
            try library.register(String(decoding: bytes, as: UTF8.self), named: name)
        }
        self.library = library
    }

    /// - Parameters:
    ///   - name: of a template, without its extension
    ///   - content: what it names
    func render(_ name: String, _ content: [String: Any]) -> String {
        library.render(content, withTemplate: name) ?? ""
    }

    /// Every template, by the name that others use for it.
    private static let sources: KeyValuePairs<String, [UInt8]> = [
        "layout": PackageResources.layout_mustache,
        "failure": PackageResources.failure_mustache,
        "login": PackageResources.login_mustache,
        "live": PackageResources.live_mustache,
        "cameras": PackageResources.cameras_mustache,
        "camera": PackageResources.camera_mustache,
        "visits": PackageResources.visits_mustache,
        "timeline": PackageResources.timeline_mustache,
        "days": PackageResources.days_mustache,
        "visit": PackageResources.visit_mustache,
        "system": PackageResources.system_mustache,
        "people": PackageResources.people_mustache,
        "person": PackageResources.person_mustache,
        "unknown": PackageResources.unknown_mustache,
        "quality": PackageResources.quality_mustache,
    ]
}
