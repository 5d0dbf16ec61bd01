import Foundation
import VisageCore

/// How a machine is, as it says itself: the message `status.<machine>`.
package struct MachineStatus: Codable, Sendable, Equatable {
    /// A camera, without the address that it is reached by.
    package struct Camera: Codable, Sendable, Equatable {
        package var camera: String
        package var isUp: Bool
        /// Frames per second.
        package var fps: Double

        enum CodingKeys: String, CodingKey {
            case camera
            case isUp = "up"
            case fps
        }
    }

    /// Its events.
    package struct Events: Codable, Sendable, Equatable {
        /// The last number that the daemon has given; nil: not known.
        package var newest: Int64?
        /// The last one that the brokers have.
        package var published: Int64
        /// The place of that in the stream.
        package var position: UInt64
        /// Why none are published now.
        package var problem: String?
        /// How many the brokers do not have yet.
        package var lag: Int64? { newest.map { max(0, $0 - published) } }
    }

    /// A longer message is not read.
    package static let maxBytes = 65_536
    private static let maxCameras = 400

    package var schema = 1
    package var machine: String
    package var number: Int
    /// RFC 3339, UTC: when it said so.
    package var time: String
    /// Of visage-fleet.
    package var version: String
    /// Of the daemon; nil while it is away.
    package var daemon: String?
    package var cameras: [Camera] = []
    package var events: Events?
    /// The checksum of the gallery in use, as `visage fleet publish` prints it.
    package var gallery: String?
    package var share: [String] = []

    package init(machine: String, number: Int, time: String, version: String) {
        (self.machine, self.number, self.time, self.version) = (machine, number, time, version)
    }

    /// What a message says.
    /// - Parameter machine: under whose subject it came: a machine can speak for itself only.
    /// - Returns: nil for what no visage-fleet has written.
    package static func read(_ payload: Data, of machine: String) -> MachineStatus? {
        guard payload.count <= maxBytes, let status = try? JSONDecoder().decode(MachineStatus.self, from: payload),
            status.machine == machine, status.cameras.count <= maxCameras
        else { return nil }
        return status
    }

    /// - Throws: `EncodingError`
    func encoded() throws -> Data {
        var short = self
        short.cameras = Array(cameras.prefix(Self.maxCameras))
        return try JSONEncoder().encode(short)
    }
}
