import Foundation
import VisageCore

/// Makes calls of a running program on files fail, from outside: `Tests/Faults/faults.c` with FAULT_CONTROL.
public struct FaultSwitch: Sendable {
    private let file: URL

    /// - Parameter folder: for a file of its own
    public init(in folder: ScratchFolder) throws {
        file = folder.file("faults")
        try Data(count: 512).write(to: file)
    }

    /// What starts the program; the program and its arguments are to be appended.
    public var launcher: [String] {
        ["env", "LD_PRELOAD=\(FaultLibrary.path)", "FAULT_CONTROL=\(file.path)"]
    }

    /// Lets the `at`-th call from now on, on files whose path begins with `prefix`, fail with `code`, and those after it.
    /// - Parameter count: how many fail; 0: all that follow
    public func arm(_ prefix: String, at: Int, code: Int32, count: Int = 1) throws {
        try write(0, [0, 0, 0, Int(code), count])
        try write(64, Array(prefix.utf8.prefix(447)) + [0])
        try write(0, [at])
    }

    /// Lets no call fail any more.
    public func disarm() throws { try write(0, [0]) }

    /// Calls that have failed since `arm`.
    public var hits: Int {
        let bytes = (try? Data(contentsOf: file)) ?? Data()
        return bytes.dropFirst(16).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func write(_ offset: Int, _ numbers: [Int]) throws {
        try write(offset, numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } })
    }

    /// In place: the program has the file in its memory.
    private func write(_ offset: Int, _ bytes: [UInt8]) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }
}
