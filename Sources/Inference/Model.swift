import Foundation
import Storage
import VisageCore

/// An entry of the models manifest, with the paths of its files. Made by `ModelStore`.
public struct Model: Sendable {
    public let entry: ModelManifest.Entry
    /// Whether the files are those in 8 bits.
    public let isQuantized: Bool
    /// In the order of the manifest: the one to load first, then those that it needs.
    public let files: [URL]
    private let folder: URL

    init(_ entry: ModelManifest.Entry, in folder: URL, isQuantized: Bool = false) {
        (self.entry, self.folder) = (entry, folder)
        self.isQuantized = isQuantized && entry.quantized != nil
        files = Self.described(entry, self.isQuantized).map { folder.appending(path: $0.file) }
    }

    private static func described(_ entry: ModelManifest.Entry, _ isQuantized: Bool) -> [ModelManifest.File] {
        isQuantized ? entry.quantized?.files ?? [] : entry.files
    }

    public var id: String { entry.id }
    /// Identifies the network: the checksum of its weights before they were quantized, with whose embeddings those of
    /// the quantized ones compare.
    public var sha256: String { entry.files.first?.sha256 ?? "" }
    /// What the manifest says of `files`.
    public var descriptions: [ModelManifest.File] { Self.described(entry, isQuantized) }
    /// The same network in 8 bits; nil where the manifest has none.
    public var quantized: Model? { entry.quantized.map { _ in Model(entry, in: folder, isQuantized: true) } }
    /// The network as an engine runs it.
    public func variant(for engine: any InferenceEngine) -> Model {
        engine.prefersQuantized ? quantized ?? self : self
    }
    /// Whether all files exist; their content is not checked.
    public var isHere: Bool { files.allSatisfy { FileManager.default.fileExists(atPath: $0.path) } }

    /// How to get a file that is missing or damaged.
    public func cure(_ file: ModelManifest.File) -> String {
        file.brought.map { "no registry has it: \($0), and put it there" } ?? "run `visage models fetch \(id)`"
    }

    /// - Throws: `VisageError` (model) if a file is missing or its checksum is not the manifest's.
    public func verify() throws {
        for (file, url) in zip(descriptions, files) {
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
