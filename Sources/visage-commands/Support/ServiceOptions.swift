import ArgumentParser
import Daemon
import Foundation
import VisageConfiguration
import VisageCore

/// Options of commands that work on the files of the daemon; its configuration says where these are.
struct ServiceOptions: ParsableArguments {
    static let defaultConfiguration = "/etc/visage/visaged.yaml"

    @Option(help: "The configuration file of the daemon.")
    var config = ServiceOptions.defaultConfiguration

    @Option(
        help: "The folder with one subfolder of photos per person. Default: the one that the gallery was trained from.")
    var faces: String?

    @Option(help: "The gallery folder. Default: the gallery of the daemon.")
    var gallery: String?

    /// The options as words for a suggested command line.
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
                .configuration, "The configuration \(config) cannot be read: pass the one of the daemon with --config",
                cause: String(cString: strerror(errno)))
        }
        return try ConfigurationFile.load(URL(filePath: config))
    }
}
