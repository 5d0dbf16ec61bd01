import Foundation
import TestSupport
import VisageCore

/// The capture processes of a daemon, as the kernel lists them.
struct CaptureProcesses {
    let daemon: Int32

    /// Their numbers by the camera's name in messages.
    var all: [(process: Int32, camera: String)] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return numbers.compactMap { number in
            guard Self.status(number, "PPid") == "\(daemon)",
                let words = try? Data(contentsOf: URL(filePath: "/proc/\(number)/cmdline"))
            else { return nil }
            let arguments = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard arguments.first == "visage-capture", arguments.count > 1 else { return nil }
            return (number, arguments[1])
        }
    }

    /// Waits for the one of a camera.
    /// - Parameters:
    ///   - camera: how its name in messages ends
    ///   - other: not this one
    func first(_ camera: String = "", besides other: Int32 = 0) async -> Int32? {
        var found: Int32?
        _ = await eventually {
            found = all.first { $0.camera.hasSuffix(camera) && $0.process != other }?.process
            return found != nil
        }
        return found
    }

    /// A line of `/proc/PID/status`.
    static func status(_ process: Int32, _ key: String) -> String? {
        let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix("\(key):") }
        return line?.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
    }

    /// Memory of the daemon and all its capture processes together, in MB: shared pages count once.
    var totalMB: Int {
        ([daemon] + all.map(\.process)).reduce(0) { sum, process in
            let text = try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)
            let line = text?.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return sum + (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
        } / 1024
    }
}
