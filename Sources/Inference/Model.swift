import Foundation
import VisageCore

/// An entry of the models manifest, with the paths of its files. Made by `ModelStore`.
public struct Model: Sendable {
    public let entry: ModelManifest.Entry
    /// In the order of the manifest: the weights first, then what describes them.
    public let files: [URL]

    public var id: String { entry.id }
    /// Identifies the weights: the checksum of the first file.
    public var sha256: String { entry.files.first?.sha256 ?? "" }
    /// Whether all files exist; their content is not checked.
    public var isHere: Bool { files.allSatisfy { FileManager.default.fileExists(atPath: $0.path) } }

    /// How to get a file that is missing or damaged.
    public func cure(_ file: ModelManifest.File) -> String {
        file.brought.map { "no registry has it: \($0), and put it there" } ?? "run `visage models fetch \(id)`"
    }

    /// - Throws: `VisageError` (model) if a file is missing or its checksum is not the manifest's.
    public func verify() throws {
        for (file, url) in zip(entry.files, files) {
            let cure = cure(file)
            guard FileManager.default.fileExists(atPath: url.path) else {
                throw VisageError(.model, "Model \(id) is not here: \(url.path) is missing; \(cure)")
            }
            let found = try FileDigest.sha256(of: url)
            guard found == file.sha256 else {
                throw VisageError(
                    .model,
                    "Model \(id) is damaged: \(url.path) has sha256 \(found.prefix(12))…, "
                        + "the manifest says \(file.sha256.prefix(12))…; \(cure)")
            }
        }
    }
}
