import ArgumentParser
import Foundation
import Recognition
import VisageCore

/// Run by visage-fleet, which cannot read galleries itself.
struct FleetCheckGallery: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-gallery", abstract: "Check that the daemon could use a gallery.", shouldDisplay: false)

    @Argument(help: "The folder of a gallery.")
    var folder: String

    func run() throws {
        let gallery = try GalleryFile.load(URL(filePath: folder, directoryHint: .isDirectory))
        _ = try GalleryClassifier(gallery)
    }
}
