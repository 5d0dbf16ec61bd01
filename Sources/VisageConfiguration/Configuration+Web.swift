import Foundation

extension Configuration {
    /// `web`: the page in the browser, which the program `visage-web` serves. The daemon reads none of it.
    public struct Web: ConfigurationSection {
        /// The IP address to listen on. One that other machines reach is refused without a password.
        public var address = "127.0.0.1"
        /// The port to listen on, 1 to 65,535.
        public var port = 8640
        /// The file of users and passwords, which `visage web-password` writes. Empty: `web/passwords` in the state folder.
        public var passwords = ""
        /// Hours after which one has to log in again, 1 to 8760.
        public var sessionHours = 168
        /// Addresses of reverse proxies, with commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
        public var trustedProxies = ""
        /// Names, with commas, under which the page is opened besides its address, while there is no password.
        public var hosts = ""
        /// Whether `/metrics` counts people by name.
        public var metricsNames = false

        public init() {}

        enum CodingKeys: String, CodingKey {
            case address, port, passwords
            case sessionHours = "session_hours"
            case trustedProxies = "trusted_proxies"
            case hosts
            case metricsNames = "metrics_names"
        }

        func validate() throws(ConfigurationProblem) {
            if !Self.isAddress(address) {
                throw ConfigurationProblem(CodingKeys.address, "should be an IP address, such as 127.0.0.1 or 0.0.0.0")
            }
            try ConfigurationProblem.check(port, CodingKeys.port, in: 1...65_535)
            try ConfigurationProblem.check(sessionHours, CodingKeys.sessionHours, in: 1...8760)
            if let proxy = Self.list(trustedProxies).first(where: { !Self.isAddress($0) }) {
                throw ConfigurationProblem(
                    CodingKeys.trustedProxies, "has \(proxy), and should have IP addresses, such as 127.0.0.1")
            }
        }

        /// Elements of a text with commas.
        package static func list(_ text: String) -> [String] {
            text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }

        private static func isAddress(_ text: String) -> Bool {
            var storage = in6_addr()
            return inet_pton(AF_INET, text, &storage) == 1 || inet_pton(AF_INET6, text, &storage) == 1
        }
    }

    /// Where the page's users and passwords are.
    public var webPasswords: String { web.passwords.isEmpty ? state + "/web/passwords" : web.passwords }
}
