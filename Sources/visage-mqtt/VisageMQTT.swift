import Broker
import Foundation
import Logging

@main struct VisageMQTT {
    static func main() throws {
        let words = CommandLine.arguments
        var settings = BrokerSettings(
            host: "127.0.0.1", port: Int(words[1]) ?? 1883, topics: Topics(prefix: "visage", machine: "lab"),
            socket: words[2], state: URL(filePath: words[3]))
        settings.discovery = "homeassistant"
        settings.picture = .annotated
        settings.frames = words[4]
        settings.user = "lab"
        settings.password = .file(words[5])
        let bridge = Bridge(logger: Logger(label: "visage-mqtt")) { print("status: \($0)") }
        signal(SIGTERM, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler { bridge.stop() }
        source.resume()
        try bridge.run(settings)
    }
}
