import NIOCore

/// Cuts the frame socket's multipart stream into JPEGs.
struct FrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    /// The stream is not what the daemon sends.
    struct Malformed: Error {}

    private static let longestHeader = 1024
    private static let largestFrame = 64 << 20
    /// Of the frame whose header has been read.
    private var length: Int?

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        if length == nil {
            guard let end = Self.endOfHeader(buffer) else {
                guard buffer.readableBytes <= Self.longestHeader else { throw Malformed() }
                return .needMoreData
            }
            let header = buffer.readString(length: end) ?? ""
            guard let length = Self.length(in: header), (1...Self.largestFrame).contains(length) else {
                throw Malformed()
            }
            self.length = length
        }
        guard let length, let frame = buffer.readSlice(length: length) else { return .needMoreData }
        self.length = nil
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState { .needMoreData }

    /// After the blank line; nil if that has not come yet.
    private static func endOfHeader(_ buffer: ByteBuffer) -> Int? {
        let view = buffer.readableBytesView.prefix(longestHeader)
        guard let range = view.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else { return nil }
        return range.upperBound - view.startIndex
    }

    private static func length(in header: String) -> Int? {
        for line in header.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            return Int(parts[1].filter { $0 != " " })
        }
        return nil
    }
}
