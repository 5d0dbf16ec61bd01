import Foundation

/// Random changes of files, the same at every run. Numbers become those at the ends of what types can hold.
public enum Mutation {
    private static let words = [
        "", "0", "-1", "1", "2", "3", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807",
        "-9223372036854775808", "1e308", "-1e308", "1e-320", "nan", "inf", "0x10", "1:1", ":", "\0", "\u{1B}[2J",
    ]

    /// Changes words and lines.
    public static func text(_ text: String, _ random: inout some RandomNumberGenerator) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let line = Int.random(in: 0..<lines.count, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: lines.remove(at: line)
        case 1: lines.insert(lines[line], at: line)
        case 2: lines.swapAt(line, Int.random(in: 0..<lines.count, using: &random))
        case 3: return String(text.prefix(Int.random(in: 0..<text.count, using: &random)))
        default:
            var parts = lines[line].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            let part = Int.random(in: 0..<parts.count, using: &random)
            let word = words.randomElement(using: &random) ?? ""
            if let colon = parts[part].firstIndex(of: ":"), Bool.random(using: &random) {
                parts[part] = Bool.random(using: &random) ? word + parts[part][colon...] : parts[part][...colon] + word
            } else {
                parts[part] = word
            }
            lines[line] = parts.joined(separator: " ")
        }
        return lines.joined(separator: "\n")
    }

    /// Changes bytes and numbers of four bytes, or the length.
    public static func bytes(_ data: Data, _ random: inout some RandomNumberGenerator) -> Data {
        var bytes = [UInt8](data)
        // The header is small and says most.
        let place = Int.random(
            in: 0..<(Bool.random(using: &random) ? min(64, bytes.count) : bytes.count), using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
        case 1: bytes += (0..<Int.random(in: 1...64, using: &random)).map { _ in .random(in: 0...255, using: &random) }
        case 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        default:
            let numbers: [UInt32] = [0, 1, 2, 3, 128, 0x7FFF_FFFF, 0x8000_0000, .max, 0x7F80_0000, 0x7FC0_0000]
            let number = numbers.randomElement(using: &random) ?? 0
            for byte in 0..<4 where place / 4 * 4 + byte < bytes.count {
                bytes[place / 4 * 4 + byte] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(byte)))
            }
        }
        return Data(bytes)
    }

    /// Changes one value somewhere within.
    public static func json(_ data: Data, _ random: inout some RandomNumberGenerator) -> Data {
        guard Int.random(in: 0..<10, using: &random) > 0, let value = try? JSONSerialization.jsonObject(with: data)
        else {
            return bytes(data, &random)
        }
        let changed = changed(value, &random)
        return (try? JSONSerialization.data(withJSONObject: changed, options: [.fragmentsAllowed])) ?? data
    }

    private static func changed(_ value: Any, _ random: inout some RandomNumberGenerator) -> Any {
        if var object = value as? [String: Any], let key = object.keys.sorted().randomElement(using: &random),
            let old = object[key]
        {
            object[key] = Int.random(in: 0..<8, using: &random) == 0 ? nil : changed(old, &random)
            return object
        }
        if var list = value as? [Any], !list.isEmpty {
            let index = Int.random(in: 0..<list.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: list.remove(at: index)
            case 1: list.append(list[index])
            default: list[index] = changed(list[index], &random)
            }
            return list
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return words.randomElement(using: &random) ?? ""
        case 1: return [Double](arrayLiteral: 0.5, -0.5, 1e-9, 1e308, -1e308, 1e18).randomElement(using: &random) ?? 0
        default:
            let numbers = [0, 1, -1, 2, 64, 4097, Int(Int32.max), Int.max, Int.max - 1, Int.max - 16, Int.min, 1 << 53]
            return numbers.randomElement(using: &random) ?? 0
        }
    }
}
