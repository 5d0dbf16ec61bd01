import FleetStorage
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

extension Configuration {
    /// How this machine takes part in the memory of all; nil if it does not.
    var fleetMembership: FleetMembership? {
        guard fleet.isUsed, fleet.number > 0 else { return nil }
        return FleetMembership(machine: fleet.number, database: FactDatabase.path(state: fleet.state))
    }
}
