import Foundation
import Storage
import VisageCore

/// Removals that the fleet has to be told of: files in `removals` in the folder of the fleet's state. Commands put them there
/// before they say that they are done; visage-fleet takes them away when the brokers have them.
public struct RemovalQueue: Sendable {
    /// One removal.
    public struct Entry: Sendable, Equatable {
        public let file: URL
        public let numbers: [Int]
    }

    /// Ids of one removal.
    public static let maxNumbers = 1000
    private static let maxBytes = 64 << 10

    public let folder: URL

    /// - Parameter state: `fleet.state`.
    public init(state: String) {
        folder = URL(filePath: state, directoryHint: .isDirectory)
            .appending(path: "removals", directoryHint: .isDirectory)
    }

    /// Puts people to be removed into the queue, durably. Numbers that mean nothing to other machines are left out.
    /// - Throws: `VisageError` (unwritable).
    public func add(_ numbers: some Sequence<Int>) throws {
        let shared = Set(numbers.filter { UnknownNumber.isValid($0) && UnknownNumber.machine(of: $0) > 0 }).sorted()
        for start in stride(from: 0, to: shared.count, by: Self.maxNumbers) {
            let part = shared[start..<min(shared.count, start + Self.maxNumbers)]
            let text = part.map(UnknownNumber.id).joined(separator: "\n") + "\n"
            try DurableFile.makeFolder(folder, mode: 0o700)
            try DurableFile.replace(Data(text.utf8), at: folder.appending(path: "\(UUID().uuidString).removal"))
        }
    }

    /// What waits, at most so many, in a fixed order. Files with nothing that can be read are left out.
    public func waiting(limit: Int = 100) -> [Entry] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        return names.filter { $0.hasSuffix(".removal") && !$0.hasPrefix(".") }.prefix(limit).compactMap { name in
            let file = folder.appending(path: name)
            guard let data = try? BoundedFile.read(file, limit: Self.maxBytes) else { return nil }
            let numbers = String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap {
                UnknownNumber.number(of: String($0))
            }
            return Entry(file: file, numbers: Array(numbers.prefix(Self.maxNumbers)))
        }
    }

    /// - Throws: `VisageError` (unwritable).
    public func remove(_ entry: Entry) throws { try DurableFile.remove(entry.file) }
}
