// Fuzz holds the fuzz targets of libFuzzer: one for each parser of bytes that somebody else wrote. It is built by
// `make fuzz` alone, with AddressSanitizer. `fuzz-targets <target> [options of libFuzzer] [corpus]` runs one,
// `fuzz-targets <target> --try <file>...` says what becomes of inputs.

import Foundation
import Synchronization
import VisageCore

/// What libFuzzer calls, whose `main` this program has.
private enum Fuzz {
    static let targets: [any FuzzTarget.Type] = [
        RequestTarget.self, EventTarget.self, ConfigurationTarget.self, MarkTarget.self, RTSPAddressTarget.self,
        GalleryDescriptionTarget.self, GalleryEmbeddingsTarget.self, GalleryModelTarget.self, GalleryHeadTarget.self,
        UnknownPersonTarget.self, PhotoTarget.self, DecoderTarget.self, RawPictureTarget.self,
        RTSPConversationTarget.self, CaptureMessageTarget.self, PacketsTarget.self, SubtitlesTarget.self,
    ]

    static let current = Mutex<(any FuzzTarget)?>(nil)

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data("fuzz-targets: \(message)\n".utf8))
        exit(2)
    }

    /// Takes the target's name out of the arguments, and what else libFuzzer does not know.
    static func begin(_ arguments: [String]) {
        if arguments.dropFirst().first == "--list" {
            for target in targets { print("\(target.name) \(target.maxBytes) \(target.needsPrivateNetwork)") }
            exit(0)
        }
        guard let name = arguments.dropFirst().first, let type = targets.first(where: { $0.name == name }) else {
            fail("name a target first: \(targets.map { $0.name }.joined(separator: ", "))")
        }
        do {
            if arguments.count == 4, arguments[2] == "--seeds" {
                try writeSeeds(type.seeds(), to: URL(filePath: arguments[3], directoryHint: .isDirectory))
                exit(0)
            }
            let target = try type.init()
            if arguments.count >= 4, arguments[2] == "--try" {
                for file in arguments[3...] { try attempt(target, URL(filePath: file)) }
                exit(0)
            }
            current.withLock { $0 = target }
        } catch {
            fail("\(name): \(error)")
        }
    }

    /// Says what becomes of the input in a file: what should be a valid one may have become invalid.
    private static func attempt(_ target: any FuzzTarget, _ file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        do {
            try target.run(bytes)
            print("\(file.lastPathComponent): sound")
        } catch {
            Invariant.check(error)
            print("\(file.lastPathComponent): \(error)")
        }
    }

    private static func writeSeeds(_ seeds: [[UInt8]], to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (index, seed) in seeds.enumerated() {
            try Data(seed).write(to: folder.appending(path: "seed-\(index)"))
        }
    }
}

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    Fuzz.begin((0..<Int(count.pointee)).compactMap { arguments.pointee[$0].map { String(cString: $0) } })
    // The program's name takes the place of the target's.
    arguments.pointee[1] = arguments.pointee[0]
    arguments.pointee += 1
    count.pointee -= 1
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let target = Fuzz.current.withLock({ $0 }) else { return -1 }
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    let start = Invariant.processorTime
    do {
        try target.run(bytes)
    } catch {
        Invariant.check(error)
    }
    let spent = Invariant.processorTime - start
    Invariant.require(spent < .seconds(1), "an input takes \(spent) of processor time")
    return 0
}
