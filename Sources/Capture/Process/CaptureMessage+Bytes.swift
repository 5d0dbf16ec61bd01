import Foundation
import VisageCore

extension CaptureMessage {
    private enum Kind: UInt8 {
        case began = 1
        case opened, wantsMemory, picture, data, losses, ended, stream, noPackets, packet
    }

    /// Stands for a number that is not there.
    private static let none = Int64.min

    /// The packet.
    package var bytes: [UInt8] {
        switch self {
        case .began: return Self.packet(.began, [])
        case .opened(let text, let interval, let identity):
            // JSON in the middle would need an end: the identity's length stands before it.
            let json = identity.flatMap { try? JSONEncoder().encode($0) } ?? Data()
            return Self.packet(
                .opened, [interval?.inNanoseconds ?? Self.none, Int64(json.count)], json + Data(text.utf8))
        case .wantsMemory(let bytes): return Self.packet(.wantsMemory, [Int64(bytes)])
        case .picture(let picture): return Self.packet(.picture, picture.numbers.map { $0 ?? Self.none })
        case .data: return Self.packet(.data, [])
        case .losses(let skipped, let damaged, let missed):
            return Self.packet(.losses, [Int64(skipped), Int64(damaged), Int64(missed)])
        case .ended(let text, let needsPerson, let isInUse):
            return Self.packet(.ended, [needsPerson ? 1 : 0, isInUse ? 1 : 0], Data(text.utf8))
        case .stream(let stream): return Self.packet(.stream, stream.numbers, Data(stream.configuration))
        case .noPackets(let text): return Self.packet(.noPackets, [], Data(text.utf8))
        case .packet(let part): return Self.packet(.packet, part.numbers, Data(part.data), limit: .max)
        }
    }

    private static func packet(
        _ kind: Kind, _ numbers: [Int64], _ rest: Data = Data(), limit: Int = CaptureLimits.messageBytes
    ) -> [UInt8] {
        var bytes = [kind.rawValue]
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes + rest.prefix(limit - bytes.count)
    }

    /// - Parameter bytes: a packet
    /// - Returns: nil if no capture process of ours sends such a packet.
    package init?(_ bytes: some Collection<UInt8>) {
        guard let kind = bytes.first.flatMap(Kind.init) else { return nil }
        var rest = bytes.dropFirst()
        func number() -> Int64? {
            guard rest.count >= 8 else { return nil }
            defer { rest = rest.dropFirst(8) }
            return Int64(bitPattern: rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        /// A count that a sum can be made of.
        func count() -> Int? { number().flatMap { 0..<1 << 40 ~= $0 ? Int($0) : nil } }
        let result: CaptureMessage?
        switch kind {
        case .began: result = .began
        case .opened:
            guard let interval = number(), let length = count(), length <= rest.count else { return nil }
            let identity =
                length == 0 ? nil : try? JSONDecoder().decode(V4L2Identity.self, from: Data(rest.prefix(length)))
            let text = String(decoding: rest.dropFirst(length), as: UTF8.self)
            rest = rest.dropFirst(rest.count)
            result = .opened(
                text, interval: 1...3_600_000_000_000 ~= interval ? .nanoseconds(interval) : nil, identity: identity)
        case .wantsMemory: result = count().map { .wantsMemory(bytes: $0) }
        case .picture:
            let numbers = (0..<SharedPicture.numberCount).map { _ in number() }
            result = SharedPicture(numbers: numbers.map { $0 == Self.none ? nil : $0 }).map { .picture($0) }
        case .data: result = .data
        case .losses:
            guard let skipped = count(), let damaged = count(), let missed = count() else { return nil }
            result = .losses(skipped: skipped, damaged: damaged, missed: missed)
        case .ended:
            guard let needsPerson = number(), let isInUse = number() else { return nil }
            result = .ended(
                String(decoding: rest, as: UTF8.self), needsPerson: needsPerson == 1, isInUse: isInUse == 1)
            rest = rest.dropFirst(rest.count)
        case .stream:
            let numbers = (0..<PacketStream.numberCount).compactMap { _ in count() }
            result = PacketStream(numbers: numbers, configuration: Array(rest)).map { .stream($0) }
            rest = rest.dropFirst(rest.count)
        case .noPackets:
            result = .noPackets(String(decoding: rest, as: UTF8.self))
            rest = rest.dropFirst(rest.count)
        case .packet:
            let numbers = (0..<PacketPart.numberCount).compactMap { _ in number() }
            result = PacketPart(numbers: numbers, data: Array(rest)).map { .packet($0) }
            rest = rest.dropFirst(rest.count)
        }
        guard let result, rest.isEmpty else { return nil }
        self = result
    }
}

extension SharedPicture {
    fileprivate static let numberCount = 15

    fileprivate var numbers: [Int64?] {
        [memory, slot, width, height].map { Int64($0) } + (offsets + strides).map { Int64($0) }
            + [isBT709 ? 1 : 0, stamp, arrived, taken, packet.map { Int64($0) }]
    }

    /// - Returns: nil if a number is missing or of a size that no picture has.
    fileprivate init?(numbers: [Int64?]) {
        let whole = numbers.prefix(11).compactMap { $0 }.filter { 0..<1 << 40 ~= $0 }.map { Int($0) }
        guard numbers.count == Self.numberCount, whole.count == 11, let arrived = numbers[12] else { return nil }
        self.init(
            memory: whole[0], slot: whole[1], width: whole[2], height: whole[3], offsets: Array(whole[4..<7]),
            strides: Array(whole[7..<10]), isBT709: whole[10] == 1, stamp: numbers[11], arrived: arrived,
            taken: numbers[13], packet: numbers[14].flatMap { 0..<1 << 40 ~= $0 ? Int($0) : nil })
    }
}

extension PacketStream {
    fileprivate static let numberCount = 6

    fileprivate var numbers: [Int64] {
        [codec.rawValue, width, height, ticksPerSecond, step, reordering].map { Int64($0) }
    }

    /// - Returns: nil if it is none that a camera could send and a file could hold.
    fileprivate init?(numbers: [Int], configuration: [UInt8]) {
        guard numbers.count == Self.numberCount, let codec = Codec(rawValue: numbers[0]),
            1...CaptureLimits.maxSide ~= numbers[1], 1...CaptureLimits.maxSide ~= numbers[2],
            numbers[1] * numbers[2] <= CaptureLimits.maxPixels, 1...10_000_000 ~= numbers[3],
            1...numbers[3] ~= numbers[4], 0...CaptureLimits.maxReordering ~= numbers[5],
            // Both boxes begin with their version, 1: nothing in them is looked at in the daemon.
            8...CaptureLimits.maxConfigurationBytes ~= configuration.count, configuration[0] == 1
        else { return nil }
        self.init(
            codec: codec, width: numbers[1], height: numbers[2], ticksPerSecond: numbers[3], step: numbers[4],
            reordering: numbers[5], configuration: configuration)
    }
}

extension PacketPart {
    fileprivate static let numberCount = 6

    fileprivate var numbers: [Int64] {
        [Int64(number), pts, isKey ? 1 : 0, arrived, Int64(size), Int64(offset)]
    }

    /// - Returns: nil if it is no part of any packet.
    fileprivate init?(numbers: [Int64], data: [UInt8]) {
        guard numbers.count == Self.numberCount, 0..<1 << 40 ~= numbers[0],
            // Differences of two such stamps can be reckoned with.
            -(1 << 53)...1 << 53 ~= numbers[1], 0...1 ~= numbers[2],
            1...Int64(CaptureLimits.maxPacketBytes) ~= numbers[4], 0..<numbers[4] ~= numbers[5],
            1...numbers[4] - numbers[5] ~= Int64(data.count)
        else { return nil }
        self.init(
            number: Int(numbers[0]), pts: numbers[1], isKey: numbers[2] == 1, arrived: numbers[3],
            size: Int(numbers[4]), offset: Int(numbers[5]), data: data)
    }
}
