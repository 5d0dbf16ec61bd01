import VisageConfiguration
import Visits

extension WebSettings {
    /// What a configuration says.
    public init(_ configuration: Configuration) {
        self.init()
        let web = configuration.web
        (address, port, sessionHours) = (web.address, web.port, web.sessionHours)
        passwords = configuration.webPasswords
        trustedProxies = Configuration.Web.list(web.trustedProxies)
        hosts = Configuration.Web.list(web.hosts)
        metricsWithNames = web.metricsNames
        eventSocket = configuration.events.socket
        frames = configuration.frames.folder
        recordings = configuration.recording.folder
        keepDays = configuration.events.keepDays
        let fleet = configuration.fleet
        // Without a name, the events of this machine could not be told from those of others.
        if fleet.isUsed, Configuration.Fleet.isName(fleet.machineName) {
            (fleetSocket, machine) = (fleet.socket, fleet.machineName)
        }
        visits = VisitStore.path(state: configuration.state)
    }
}
