import Foundation
import Unknowns

extension Configuration {
    /// Where unknown people are kept, whether they are or not.
    public var unknownFolder: URL {
        URL(filePath: unknown.folder.isEmpty ? state + "/unknown" : unknown.folder, directoryHint: .isDirectory)
    }

    var unknownSettings: UnknownSettings {
        var settings = UnknownSettings()
        settings.rememberFor = .seconds(unknown.rememberDays * 86_400)
        settings.keepViewsFor = .seconds(unknown.viewsDays * 86_400)
        settings.views = unknown.views
        settings.bytes = Int64(unknown.keepMB) << 20
        return settings
    }
}
