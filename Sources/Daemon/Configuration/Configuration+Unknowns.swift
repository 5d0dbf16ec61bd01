import Unknowns
import VisageConfiguration
import VisageCore

extension Configuration.Unknown {
    /// What is kept, and for how long.
    var settings: UnknownSettings {
        var settings = UnknownSettings()
        settings.rememberFor = .seconds(rememberDays * 86_400)
        settings.keepViewsFor = .seconds(viewsDays * 86_400)
        settings.views = views
        settings.bytes = Int64(keepMB) << 20
        return settings
    }
}
