import ArgumentParser
import Daemon
import Foundation
import VisageCore

/// Options of commands that work on what the daemon keeps: by default where its configuration says.
struct ServiceOptions: ParsableArguments {
    static let defaultConfiguration = "/etc/visage/visaged.yaml"

    @Option(help: "The daemon's configuration, which says where everything lies.")
    var config = ServiceOptions.defaultConfiguration

    @Option(help: "The folder with one folder of photos per person. Default: what the gallery was trained from.")
    var faces: String?

    @Option(help: "The gallery. Default: the daemon's.")
    var gallery: String?

    /// As they are to be typed again.
    var words: [String] {
        var words = config == Self.defaultConfiguration ? [] : ["--config", config.quoted]
        if let faces { words += ["--faces", faces.quoted] }
        if let gallery { words += ["--gallery", gallery.quoted] }
        return words
    }

    /// - Throws: `VisageError` (configuration).
    func configuration() throws -> Configuration {
        if config == Self.defaultConfiguration, access(config, R_OK) != 0 {
            throw VisageError(
                .configuration, "The configuration \(config) cannot be read: name the daemon's with --config",
                cause: String(cString: strerror(errno)))
        }
        return try ConfigurationFile.load(URL(filePath: config))
    }
}
