import CLinux
import Foundation
import Synchronization

/// Files that are mapped into this process's memory to be read.
package enum MappedFiles {
    /// Calls under way that may unmap files.
    private static let changes = Mutex(0)

    /// Runs a call that may unmap files; meanwhile `releasePages` does nothing.
    package static func whileMappingsChange<Result>(_ body: () throws -> Result) rethrows -> Result {
        changes.withLock { $0 += 1 }
        defer { changes.withLock { $0 -= 1 } }
        return try body()
    }

    /// Takes the pages of files out of the process's memory; those that are needed again come from the files. For files
    /// that nobody writes to while they are mapped.
    /// - Parameter paths: without symbolic links.
    /// - Returns: false if a file may be unmapped at this moment. Its place in memory may then have another use before its
    ///   pages are released, and would lose what it holds: nothing is done.
    package static func releasePages(of paths: Set<String>) -> Bool {
        changes.withLock { changes in
            guard changes == 0 else { return false }
            for line in lines(ofKernelFile: "/proc/self/maps") {
                guard let mapping = parse(line), paths.contains(mapping.path) else { continue }
                madvise(
                    UnsafeMutableRawPointer(bitPattern: mapping.start), Int(mapping.end - mapping.start), MADV_DONTNEED)
            }
            return true
        }
    }

    /// Reads a file of the kernel's to its end. It tells no size, and Foundation takes the first part that it gives for all.
    package static func lines(ofKernelFile path: String) -> [Substring] {
        guard let stream = fopen(path, "re") else { return [] }
        defer { fclose(stream) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var lines: [Substring] = []
        while getline(&line, &capacity, stream) > 0, let line { lines.append(String(cString: line).dropLast()) }
        return lines
    }

    /// - Parameter line: `start-end rwxp offset device inode path`, see proc(5).
    /// - Returns: nil for what is writable, and for what is no file.
    private static func parse(_ line: Substring) -> (path: String, start: UInt, end: UInt)? {
        let parts = line.split(separator: " ", maxSplits: 5)
        guard parts.count == 6, parts[1].hasPrefix("r-") else { return nil }
        // Before it are spaces that line the paths up.
        let path = parts[5].drop { $0 == " " }
        let bounds = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard path.hasPrefix("/"), bounds.count == 2, bounds[0] < bounds[1] else { return nil }
        return (String(path), bounds[0], bounds[1])
    }
}
