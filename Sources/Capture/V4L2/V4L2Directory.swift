import Foundation

/// The cameras of this machine, as /dev shows them.
package enum V4L2Directory {
    /// A device file that pictures come from.
    package struct Entry: Sendable, Hashable {
        package let path: String
        package let identity: V4L2Identity
    }

    /// In the order of their numbers. Cameras that may not be opened are left out.
    package static var cameras: [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/dev")) ?? []
        return names.compactMap { name in name.hasPrefix("video") ? Int(name.dropFirst(5)) : nil }.sorted()
            .compactMap { number in
                let path = "/dev/video\(number)"
                return V4L2Device.identity(at: path).map { Entry(path: path, identity: $0) }
            }
    }

    /// For the end of a message.
    static var summary: String {
        let cameras = cameras.map { "\($0.path) (\($0.identity.card))" }
        return cameras.isEmpty ? "no camera is here" : "here are " + cameras.joined(separator: ", ")
    }
}
