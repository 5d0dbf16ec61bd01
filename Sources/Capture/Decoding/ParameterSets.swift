import CFFmpeg
import Imaging
import VisageCore

/// The parameter sets of an H.264 or H.265 stream, which a decoder needs before anything else.
package struct ParameterSets: Equatable {
    /// Of one kind; cameras have one or two.
    private static let maxCount = 64

    private let codec: PacketStream.Codec
    /// By kind, in the order in which they came.
    private var sets: [UInt8: [[UInt8]]] = [:]

    package init(_ codec: PacketStream.Codec) { self.codec = codec }

    /// In the order in which they are to stand.
    private var kinds: [UInt8] {
        switch codec {
        case .h264: [7, 8]
        case .h265: [32, 33, 34]
        }
    }

    private func kind(_ first: UInt8) -> UInt8 {
        switch codec {
        case .h264: first & 0x1F
        case .h265: first >> 1 & 0x3F
        }
    }

    package var isComplete: Bool { kinds.allSatisfy { sets[$0] != nil } }

    /// Takes those that are among the units; of a kind that comes, those from before are gone.
    package mutating func take(_ bytes: UnsafeRawBufferPointer, _ ranges: [Range<Int>]) {
        var found: [UInt8: [[UInt8]]] = [:]
        for range in ranges {
            let kind = kind(bytes[range.lowerBound])
            guard kinds.contains(kind), range.count <= CaptureLimits.maxConfigurationBytes else { continue }
            let unit = Array(bytes[range])
            // Some cameras send each twice.
            if (found[kind]?.count ?? 0) < Self.maxCount, found[kind]?.contains(unit) != true {
                found[kind, default: []].append(unit)
            }
        }
        sets.merge(found) { $1 }
    }

    /// With start codes, as FFmpeg takes them.
    private var annexB: [UInt8] { kinds.flatMap { sets[$0] ?? [] }.flatMap { [0, 0, 0, 1] + $0 } }

    /// The content of MP4's box `avcC` or `hvcC`. FFmpeg has no function for it, but writes it at the head of a file.
    /// - Parameters:
    ///   - width, height: in pixels
    /// - Returns: nil if these are no parameter sets after all.
    package func configuration(width: Int, height: Int) -> [UInt8]? {
        guard areSound else { return nil }
        var created: UnsafeMutablePointer<AVFormatContext>?
        avformat_alloc_output_context2(&created, nil, "mp4", nil)
        guard let context = created else { return nil }
        defer { avformat_free_context(context) }
        guard let stream = avformat_new_stream(context, nil) else { return nil }
        let sets = annexB
        let parameters = stream.pointee.codecpar
        guard let parameters,
            let extra = av_mallocz(sets.count + Int(AV_INPUT_BUFFER_PADDING_SIZE))
        else { return nil }
        extra.copyMemory(from: sets, byteCount: sets.count)
        parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
        parameters.pointee.codec_id = codec == .h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC
        (parameters.pointee.width, parameters.pointee.height) = (Int32(clamping: width), Int32(clamping: height))
        parameters.pointee.extradata = extra.assumingMemoryBound(to: UInt8.self)
        parameters.pointee.extradata_size = Int32(clamping: sets.count)
        stream.pointee.time_base = AVRational(num: 1, den: 90_000)
        guard avio_open_dyn_buf(&context.pointee.pb) >= 0 else { return nil }
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        av_dict_set(&options, "movflags", "empty_moov+default_base_moof", 0)
        let code = avformat_write_header(context, &options)
        var file: UnsafeMutablePointer<UInt8>?
        let count = Int(avio_close_dyn_buf(context.pointee.pb, &file))
        context.pointee.pb = nil
        defer { av_free(file) }
        guard code >= 0, let file else { return nil }
        return Self.box(codec == .h264 ? "avcC" : "hvcC", in: UnsafeBufferPointer(start: file, count: count))
    }

    /// H.265: whether a decoder takes them. What writes the box checks less: sets that end early keep it busy for minutes.
    /// Of H.264 it reads nothing that can be long, and cameras with sets that a strict decoder refuses are many.
    private var areSound: Bool {
        guard codec == .h265 else { return true }
        guard let decoder = avcodec_find_decoder(AV_CODEC_ID_HEVC) else { return false }
        var context = avcodec_alloc_context3(decoder)
        defer { avcodec_free_context(&context) }
        let sets = annexB
        guard let context, let extra = av_mallocz(sets.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)) else { return false }
        extra.copyMemory(from: sets, byteCount: sets.count)
        context.pointee.extradata = extra.assumingMemoryBound(to: UInt8.self)
        context.pointee.extradata_size = Int32(clamping: sets.count)
        context.pointee.thread_count = 1
        context.pointee.err_recognition |= AV_EF_EXPLODE
        return avcodec_open2(context, decoder, nil) >= 0
    }

    /// The content of a box, which stands after its length and name.
    private static func box(_ name: String, in file: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let name = Array(name.utf8)
        guard file.count >= 8 else { return nil }
        for place in 4...file.count - 4 where name.elementsEqual(file[place..<place + 4]) {
            let length = file[place - 4..<place].reduce(0) { $0 << 8 | Int($1) }
            guard length > 8, place - 4 + length <= file.count else { return nil }
            return Array(file[(place + 4)..<(place - 4 + length)])
        }
        return nil
    }
}
