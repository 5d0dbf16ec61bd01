import Foundation
import VisageCore

extension CaptureMessage {
    private enum Kind: UInt8 {
        case began = 1
        case opened, wantsMemory, picture, data, losses, ended
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
        }
    }

    private static func packet(_ kind: Kind, _ numbers: [Int64], _ rest: Data = Data()) -> [UInt8] {
        var bytes = [kind.rawValue]
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes + rest.prefix(CaptureLimits.messageBytes - bytes.count)
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
        }
        guard let result, rest.isEmpty else { return nil }
        self = result
    }
}

extension SharedPicture {
    fileprivate static let numberCount = 14

    fileprivate var numbers: [Int64?] {
        [memory, slot, width, height].map { Int64($0) } + (offsets + strides).map { Int64($0) }
            + [isBT709 ? 1 : 0, stamp, arrived, taken]
    }

    /// - Returns: nil if a number is missing or of a size that no picture has.
    fileprivate init?(numbers: [Int64?]) {
        let whole = numbers.prefix(11).compactMap { $0 }.filter { 0..<1 << 40 ~= $0 }.map { Int($0) }
        guard numbers.count == Self.numberCount, whole.count == 11, let arrived = numbers[12] else { return nil }
        self.init(
            memory: whole[0], slot: whole[1], width: whole[2], height: whole[3], offsets: Array(whole[4..<7]),
            strides: Array(whole[7..<10]), isBT709: whole[10] == 1, stamp: numbers[11], arrived: arrived,
            taken: numbers[13])
    }
}
