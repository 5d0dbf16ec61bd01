import CFFmpeg
import VisageCore

/// In a capture process: hands the packets of a camera on as they are, in the form of MP4, beside the decoder.
struct PacketCopier {
    /// Of the next packet.
    private(set) var number = 0
    private let session: LiveSession
    /// nil if there is nothing to be copied.
    private let codec: PacketStream.Codec?
    private let timeBase: AVRational
    private let ticks: Int
    private let step: Int
    private var sets: ParameterSets
    /// The parameter sets that `stream` was made of.
    private var told: ParameterSets?
    private var stream: PacketStream?
    private var last: Int64?

    init(_ source: UnsafeMutablePointer<AVStream>, of session: LiveSession, codecName: String) {
        self.session = session
        let parameters = source.pointee.codecpar.pointee
        switch parameters.codec_id {
        case AV_CODEC_ID_H264: codec = .h264
        case AV_CODEC_ID_HEVC: codec = .h265
        default: codec = nil
        }
        timeBase = source.pointee.time_base
        ticks = timeBase.num == 1 && 1000...10_000_000 ~= timeBase.den ? Int(timeBase.den) : 90_000
        let rate = av_q2d(source.pointee.avg_frame_rate)
        step = max(1, Int(Double(ticks) / (rate.isFinite && 1...1000 ~= rate ? rate : 30)))
        sets = ParameterSets(codec ?? .h264)
        if let extra = parameters.extradata, parameters.extradata_size > 0 {
            let bytes = UnsafeRawBufferPointer(start: extra, count: Int(parameters.extradata_size))
            sets.take(bytes, NALUnits.ranges(bytes))
        }
        if codec == nil { session.add(.none(codecName)) }
    }

    /// - Parameter decoder: has been sent the packet
    mutating func take(_ packet: Packet, _ decoder: Decoder, at now: MonotonicTime) {
        // Also of one that is not copied: no picture may have the number of another packet.
        defer { number += 1 }
        guard let codec, let data = packet.packet.pointee.data else { return }
        let bytes = UnsafeRawBufferPointer(start: data, count: Int(packet.packet.pointee.size))
        let ranges = NALUnits.ranges(bytes)
        let isKey = packet.packet.pointee.flags & AV_PKT_FLAG_KEY != 0
        // Others may stand in pictures that belong to the same stream.
        if isKey { sets.take(bytes, ranges) }
        if isKey { renew(codec, decoder) }
        guard stream != nil, !ranges.isEmpty else { return }
        let copy = NALUnits.withLengths(bytes, ranges)
        // The daemon sees by the numbers that one is missing.
        guard copy.count <= CaptureLimits.maxPacketBytes else { return }
        session.add(
            .packet(
                SourcePacket(
                    id: PacketID(session: 0, number: number), pts: stamp(packet), isKey: isKey, arrived: now,
                    data: copy)))
    }

    /// Tells of the stream where it is another one than before.
    private mutating func renew(_ codec: PacketStream.Codec, _ decoder: Decoder) {
        let (size, delay) = (decoder.size, min(max(0, decoder.delay), CaptureLimits.maxReordering))
        guard sets.isComplete, size.width > 0, size.height > 0 else { return }
        guard sets != told || stream?.reordering != delay else { return }
        guard let configuration = sets.configuration(width: size.width, height: size.height),
            configuration.count <= CaptureLimits.maxConfigurationBytes
        else { return }
        let stream = PacketStream(
            codec: codec, width: size.width, height: size.height, ticksPerSecond: ticks, step: step,
            reordering: delay, configuration: configuration)
        told = sets
        self.stream = stream
        session.add(.stream(stream))
    }

    private mutating func stamp(_ packet: Packet) -> Int64 {
        let raw = packet.packet.pointee
        let known = [raw.pts, raw.dts].first { $0 != visage_nopts() }
        let scaled = known.map {
            Int(timeBase.den) == ticks && timeBase.num == 1
                ? $0 : av_rescale_q($0, timeBase, AVRational(num: 1, den: Int32(ticks)))
        }
        // The second field of a picture has no stamp of its own.
        let stamp = scaled.flatMap { abs($0 / 2) < 1 << 52 ? $0 : nil } ?? (last ?? 0) + Int64(step)
        last = stamp
        return stamp
    }
}
