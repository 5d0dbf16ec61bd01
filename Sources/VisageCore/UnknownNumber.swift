/// The numbers of unknown people, and the ids that events carry: `unknown-17`, and in a fleet `unknown-3-17`, who is the
/// 17th person of machine 3. No two machines of a fleet give the same number.
public enum UnknownNumber {
    /// The numbers of one machine of a fleet: from its own number times this on. Those below are of machines in no fleet.
    public static let perMachine = 1_000_000_000_000
    /// Of people of one machine. More than are ever seen; counting on from there stays among the machine's numbers.
    public static let maxCount = 900_000_000_000
    /// Machines of a fleet have the numbers from 1 to this.
    public static let maxMachine = 8999

    private static let prefix = "unknown-"

    /// - Parameter machine: 0 without a fleet.
    public static func number(_ count: Int, of machine: Int) -> Int { machine * perMachine + count }

    /// The machine that gave the number; 0 without a fleet.
    public static func machine(of number: Int) -> Int { number / perMachine }

    /// Which of the machine's people it is, from 1 on.
    public static func count(of number: Int) -> Int { number % perMachine }

    /// Whether it may be the number of a person.
    public static func isValid(_ number: Int) -> Bool {
        number > 0 && machine(of: number) <= maxMachine && (1...maxCount).contains(count(of: number))
    }

    public static func id(_ number: Int) -> String {
        let machine = machine(of: number)
        return machine == 0 ? "\(prefix)\(number)" : "\(prefix)\(machine)-\(count(of: number))"
    }

    /// The number in an id; nil if it is none that is ever given.
    public static func number(of id: String) -> Int? {
        guard id.hasPrefix(prefix), id.utf8.count <= 64 else { return nil }
        let parts = id.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap(positive)
        guard (1...2).contains(parts.count), numbers.count == parts.count, let count = numbers.last,
            count <= maxCount
        else { return nil }
        guard parts.count == 2 else { return count }
        return numbers[0] <= maxMachine ? number(count, of: numbers[0]) : nil
    }

    /// Whether the text has the form of an id, with any numbers.
    public static func isID(_ text: String) -> Bool {
        guard text.hasPrefix(prefix) else { return false }
        let parts = text.utf8.dropFirst(prefix.utf8.count).split(
            separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// A number from 1 on without a sign or leading zeros; nil for other text.
    public static func positive(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !digits.hasPrefix("0") else {
            return nil
        }
        return Int(digits)
    }
}
