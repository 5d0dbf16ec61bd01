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
        visits = VisitStore.path(state: configuration.state)
    }
}
