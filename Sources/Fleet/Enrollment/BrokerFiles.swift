import Foundation

/// The configuration of nats-server, for brokers of their own: nothing else should use them.
struct BrokerFiles {
    let record: FleetRecord
    /// The password with which brokers meet each other; their certificates are checked as well.
    let routePassword: String

    /// - Parameters:
    ///   - files: the folder that has certificate, key and users.
    ///   - data: the folder of its streams.
    func configuration(of server: FleetRecord.Server, files: String, data: String) -> String {
        let tls = """
            cert_file: "\(files)/server.pem", key_file: "\(files)/server.key", ca_file: "\(files)/ca.pem", timeout: 5
            """
        var text = """
            # nats-server for a fleet of Visage. Written by `visage-fleet enroll`; changes here are lost at the next one.
            server_name: "\(server.folder)"
            listen: "\(Self.listen(server.host, server.port))"
            # For health checks of this machine: http://127.0.0.1:\(server.monitorPort)/healthz
            http: "127.0.0.1:\(server.monitorPort)"
            max_payload: 1MB
            write_deadline: "10s"
            tls { \(tls) }
            jetstream { store_dir: "\(data)" }
            include "users.conf"

            """
        guard record.servers.count > 1 else { return text }
        let routes = record.servers.map {
            "\"nats-route://visage:\(routePassword)@\(FleetServer(host: $0.host, port: $0.clusterPort))\""
        }
        text += """
            cluster {
              name: visage
              listen: "\(Self.listen(server.host, server.clusterPort))"
              authorization { user: visage, password: "\(routePassword)", timeout: 5 }
              tls { \(tls), verify: true }
              routes: [ \(routes.joined(separator: ", ")) ]
            }

            """
        return text
    }

    /// A service for systemd, which `systemctl enable` takes from where it lies.
    func unit(files: String, data: String) -> String {
        """
        # A broker of a fleet of Visage. Written by `visage-fleet enroll`. The program is that of NATS.
        [Unit]
        Description=Broker of Visage's fleet
        After=network-online.target
        Wants=network-online.target

        [Service]
        ExecStart=/usr/local/bin/nats-server -c \(files)/nats-server.conf
        ExecReload=/bin/kill -s HUP $MAINPID
        ExecStop=/bin/kill -s INT $MAINPID
        Restart=always
        RestartSec=2s
        User=nats
        Group=nats
        UMask=0077
        \(data.hasPrefix("/var/lib/") ? "StateDirectory=\(data.dropFirst(9))" : "ReadWritePaths=\(data)")
        LimitNOFILE=100000
        NoNewPrivileges=yes
        CapabilityBoundingSet=
        ProtectSystem=strict
        ProtectHome=yes
        PrivateTmp=yes
        PrivateDevices=yes
        MemorySwapMax=0
        LimitCORE=0

        [Install]
        WantedBy=multi-user.target

        """
    }

    /// An address is listened on alone, behind a name all are.
    private static func listen(_ host: String, _ port: Int) -> String {
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        return "\(FleetServer(host: isAddress ? host : "0.0.0.0", port: port))"
    }

    /// Who may do what; the same for all brokers.
    var users: String {
        let events = record.machines.map { user($0.key, publish: eventRights($0), subscribe: listening($0)) }
        let state = record.machines.map { user($0.stateKey, publish: stateRights($0), subscribe: [inbox($0)]) }
        return """
            # Who may do what. Written by `visage-fleet enroll`. After a change: nats-server --signal reload
            accounts {
              SYS: {}
              EVENTS: { jetstream: enabled, users: [
                { nkey: \(record.administrator) }
            \(events.joined(separator: "\n"))
              ] }
              STATE: { jetstream: enabled, users: [
                { nkey: \(record.administratorStateKey) }
            \(state.joined(separator: "\n"))
              ] }
            }
            system_account: SYS

            """
    }

    private func user(_ key: String, publish: [String], subscribe: [String]) -> String {
        func list(_ subjects: [String]) -> String { subjects.map { "\"\($0)\"" }.joined(separator: ", ") }
        return """
                { nkey: \(key), permissions: {
                  publish: { allow: [ \(list(publish)) ] }
                  subscribe: { allow: [ \(list(subscribe)) ] } } }
            """
    }

    private func inbox(_ machine: FleetRecord.Machine) -> String { "_INBOX_\(machine.name).>" }

    /// Its own stream: write at the end, ask where that is, read one message. No consumers, no deleting.
    private func eventRights(_ machine: FleetRecord.Machine) -> [String] {
        let stream = FleetStream.eventStream(of: machine.name)
        let own = [
            FleetStream.eventSubject(of: machine.name), FleetStream.hintSubject(of: machine.name),
            "$JS.API.STREAM.INFO.\(stream)", "$JS.API.DIRECT.GET.\(stream)",
        ]
        return machine.isViewer
            ? own.prefix(2) + ["$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.*", "$JS.API.DIRECT.GET.*"] : own
    }

    private func listening(_ machine: FleetRecord.Machine) -> [String] {
        [inbox(machine)] + (machine.isViewer ? [FleetStream.hintSubject(of: "*")] : [])
    }

    private func stateRights(_ machine: FleetRecord.Machine) -> [String] {
        let own = ["status.\(machine.name)", "unknown.\(machine.name).*", "removed.\(machine.name).*"]
        let reading = FleetStream.shared.map(\.name).flatMap {
            [
                "$JS.API.STREAM.INFO.\($0)", "$JS.API.DIRECT.GET.\($0)", "$JS.API.DIRECT.GET.\($0).>",
                "$JS.API.CONSUMER.CREATE.\($0)", "$JS.API.CONSUMER.DELETE.\($0).*", "$JS.FC.\($0).>",
            ]
        }
        return own + (machine.isEditor ? ["gallery.>"] : []) + reading
    }
}
