import Events
import NIOCore
import VisageCore

@testable import Publishing

/// What a subscriber sends to the event socket, in pieces of random sizes.
struct RequestTarget: FuzzTarget {
    static let name = "request"
    static let maxBytes = 40_000

    static func seeds() -> [[UInt8]] {
        let lines = [
            #"{"since": 12, "types": ["face.identified", "frame"], "cameras": ["door", "yard"]}"#,
            #"{"since": 9223372036854775807, "epoch": "1a2b:7.3c4d"}"#, #"{"since": -1}"#, "{}", #"{"types": []}"#,
            "null", "[1e999]",
        ]
        return lines.map { [1] + Array($0.utf8) + [10] } + [[7] + [UInt8](repeating: 32, count: 17_000) + [10]]
    }

    func run(_ bytes: [UInt8]) throws {
        guard let seed = bytes.first else { return }
        let text = Array(bytes.dropFirst())
        let whole = outcomes([text])
        var random = SplitMix(seed: UInt64(seed))
        var pieces: [[UInt8]] = []
        var start = 0
        while start < text.count {
            let end = min(text.count, start + Int.random(in: 1...(seed.isMultiple(of: 2) ? 7 : 9_000), using: &random))
            pieces.append(Array(text[start..<end]))
            start = end
        }
        Invariant.require(outcomes(pieces) == whole, "what a request says depends on its pieces")
        Invariant.require(whole.count <= RequestReader.maxLines + 1, "more lines than allowed")
        for case .line(let line) in whole {
            Invariant.require(line.count <= RequestReader.maxLineBytes, "a line longer than allowed")
            do {
                let request = try EventRequest.parse(line, cameras: ["door", "yard"])
                Invariant.require((request.since ?? 0) >= 0, "since is negative")
                _ = request.filter.passes(type: .frame, camera: "door")
                if let epoch = request.epoch.flatMap(LogEpoch.init) {
                    _ = epoch.branch(after: 5).place(of: request.since ?? 0, in: epoch)
                }
            } catch {
                Invariant.check(error)
            }
        }
    }

    private func outcomes(_ pieces: [[UInt8]]) -> [RequestReader.Outcome] {
        var reader = RequestReader()
        return pieces.flatMap { reader.take(ByteBuffer(bytes: $0)) } + reader.finish()
    }
}
