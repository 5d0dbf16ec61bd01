import FleetFacts
import FleetStorage
import Foundation
import Storage
import VisageCore

/// The unknown people whom this machine's daemon keeps, as far as other machines are told of them.
package final class OwnPeople {
    /// What is on disk now.
    package struct Scan {
        /// Everybody who has a folder.
        package var present: Set<Int> = []
        /// Those who are new or whose record has changed since the last scan.
        package var changed: [PersonFact] = []
    }

    private struct Stamp: Equatable {
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private static let maxRecord = 4 << 20
    private static let attempts = 10

    private let folders: PersonFolders
    private var stamps: [Int: Stamp] = [:]
    /// Of reading records.
    private var failures: [Int: Int] = [:]

    package init(_ folder: URL) { folders = PersonFolders(folder) }

    /// - Returns: nil if it cannot be told who is there.
    package func scan() -> Scan? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folders.folder.path) else { return nil }
        var scan = Scan()
        for name in names {
            // Those without a machine's number get one when the daemon starts.
            guard let number = UnknownNumber.number(of: name), UnknownNumber.machine(of: number) > 0 else { continue }
            scan.present.insert(number)
            let file = folders.place(of: number).appending(path: "person.json")
            var status = stat()
            guard stat(file.path, &status) == 0 else { continue }
            let stamp = Stamp(
                inode: UInt(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec)
            guard stamps[number] != stamp else { continue }
            guard let record = try? PersonRecord(BoundedFile.read(file, limit: Self.maxRecord)) else {
                // It may be readable the next time; what is damaged is not read for ever.
                failures[number, default: 0] += 1
                if failures[number, default: 0] >= Self.attempts {
                    (stamps[number], failures[number]) = (stamp, nil)
                }
                continue
            }
            (stamps[number], failures[number]) = (stamp, nil)
            if record.schema == PersonRecord.schema { scan.changed.append(record.fact(number)) }
        }
        failures = failures.filter { scan.present.contains($0.key) }
        stamps = stamps.filter { scan.present.contains($0.key) }
        scan.changed.sort { $0.number < $1.number }
        return scan
    }

    /// Makes the next scan read everything.
    package func reset() { stamps = [:] }

    /// Removes a person as `visage forget` does; the daemon notices.
    /// - Throws: `VisageError` (unwritable).
    package func remove(_ number: Int) throws { try folders.remove(number) }
}
