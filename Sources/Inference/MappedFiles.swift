import CLinux
import Foundation

/// Files that are mapped into this process's memory to be read.
package enum MappedFiles {
    /// Takes the pages of files out of the process's memory; those that are needed again come from the files. For files
    /// that nobody writes to while they are mapped.
    /// - Parameter paths: without symbolic links.
    package static func releasePages(of paths: Set<String>) {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return }
        for mapping in maps.split(separator: "\n").compactMap(parse) where paths.contains(mapping.path) {
            madvise(UnsafeMutableRawPointer(bitPattern: mapping.start), Int(mapping.end - mapping.start), MADV_DONTNEED)
        }
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
