import CFFmpeg
import VisageCore

@testable import Capture

/// Packets of H.264 and H.265 as a camera sends them, of which a capture process makes those of MP4. The first byte chooses
/// the codec; each packet has its length, two bytes, in front.
struct PacketsTarget: FuzzTarget {
    static let name = "packets"

    static func seeds() throws -> [[UInt8]] { Array(try DecoderTarget.seeds().prefix(2)) }

    func run(_ bytes: [UInt8]) throws {
        var reader = InputReader(bytes)
        let codec: PacketStream.Codec = reader.byte() % 2 == 0 ? .h264 : .h265
        var sets = ParameterSets(codec)
        while !reader.isAtEnd {
            let packet = reader.take(reader.word())
            packet.withUnsafeBytes { bytes in
                let ranges = NALUnits.ranges(bytes)
                Invariant.require(
                    zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }
                        && ranges.allSatisfy { !$0.isEmpty && $0.upperBound <= bytes.count }, "units overlap")
                let copy = NALUnits.withLengths(bytes, ranges)
                Invariant.require(copy.count <= bytes.count * 2 + 4, "a copy is larger than what it is of")
                sets.take(bytes, ranges)
            }
            guard sets.isComplete, let configuration = sets.configuration(width: 64, height: 48) else { continue }
            let stream = PacketStream(
                codec: codec, width: 64, height: 48, ticksPerSecond: 90_000, step: 3000, reordering: 0,
                configuration: configuration)
            // The daemon takes what is not too long.
            let isTaken = CaptureMessage(CaptureMessage.stream(stream).bytes) == .stream(stream)
            Invariant.require(
                isTaken || configuration.count > CaptureLimits.maxConfigurationBytes,
                "a configuration that the daemon takes for none")
        }
    }
}
