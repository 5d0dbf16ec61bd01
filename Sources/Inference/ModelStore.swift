import Foundation
import VisageCore

/// The folder with the manifest and the model files.
public struct ModelStore: Sendable {
    public let folder: URL
    public let manifest: ModelManifest

    /// - Parameter folder: where `manifest.json` lies; nil looks beside the program: `../share/visage/models` when
    ///   it is installed, `Models` of the source tree when it is not.
    /// - Throws: `VisageError` (model) if there is no manifest or it cannot be read.
    public init(folder: URL? = nil) throws {
        guard let folder = folder ?? Self.beside(program: URL(filePath: CommandLine.arguments[0])) else {
            throw VisageError(.model, "No models folder was found beside the program; name it with `models:`")
        }
        let file = folder.appending(path: "manifest.json")
        do {
            manifest = try JSONDecoder().decode(ModelManifest.self, from: Data(contentsOf: file))
        } catch let error as DecodingError {
            throw VisageError(
                .model, "The models manifest \(file.path) is damaged; bring back the one that Visage came with",
                cause: error.sentence)
        } catch {
            throw VisageError(
                .model, "The models manifest \(file.path) cannot be read; name the folder that holds manifest.json",
                cause: error.systemReason)
        }
        self.folder = folder
    }

    /// - Throws: `VisageError` (model) naming the models that exist.
    public func model(_ id: String) throws -> Model {
        guard let entry = manifest.models.first(where: { $0.id == id }) else {
            let known = manifest.models.map(\.id).joined(separator: ", ")
            throw VisageError(.model, "There is no model `\(id)`; the manifest has \(known)")
        }
        return model(entry)
    }

    public func model(_ entry: ModelManifest.Entry) -> Model {
        Model(entry, in: folder)
    }

    static func beside(program: URL) -> URL? {
        let real = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        var places: [URL] = []
        var parent = real.deletingLastPathComponent()
        places.append(parent.deletingLastPathComponent().appending(path: "share/visage/models"))
        // A build folder lies at most four levels below the source tree.
        for _ in 0..<5 {
            places.append(parent.appending(path: "Models"))
            parent.deleteLastPathComponent()
        }
        return places.first {
            FileManager.default.fileExists(atPath: $0.appending(path: "manifest.json").path)
        }
    }
}
