import Events
import Foundation
import Publishing
import TestSupport
import Testing

/// A recording of a camera's own packets, and what lies beside it.
struct CopiedRecording {
    struct Packet {
        /// Milliseconds of the recording.
        let offset: Int
        /// Its NAL units, parameter sets and delimiters left out: those the sender may add and leave out.
        let units: [[UInt8]]
    }

    let file: URL
    let packets: [Packet]
    let entries: [Subtitles.Entry]

    init(_ file: URL, _ codec: RTSPCameraUnderTest.Codec) async throws {
        self.file = file
        let bytes = [UInt8](try Data(contentsOf: file))
        let outcome = try await Program.run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,size,pos", "-of", "csv=p=0",
                file.path,
            ])
        try #require(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
        packets = try outcome.output.split(separator: "\n").map { line in
            let fields = line.split(separator: ",")
            let (time, size, place) = (Double(fields[0]), Int(fields[1]), Int(fields[2]))
            let begin = try #require(place)
            let part = bytes[begin..<begin + (try #require(size))]
            return Packet(offset: Int((try #require(time) * 1000).rounded()), units: try Self.units(part, codec))
        }
        let text = try String(contentsOf: URL(filePath: RecordingName.subtitles(of: file.path)), encoding: .utf8)
        entries = Subtitles.entries(in: text)
    }

    /// As they lie in MP4, each after its length.
    private static func units(_ bytes: ArraySlice<UInt8>, _ codec: RTSPCameraUnderTest.Codec) throws -> [[UInt8]] {
        var rest = bytes
        var units: [[UInt8]] = []
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try #require(length <= rest.count - 4)
            units.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        try #require(rest.isEmpty)
        return units.filter { isPicture($0, codec) }
    }

    private static func isPicture(_ unit: [UInt8], _ codec: RTSPCameraUnderTest.Codec) -> Bool {
        codec == .h264 ? [1, 5].contains(unit[0] & 0x1F) : unit[0] >> 1 & 0x3F < 32
    }

    /// The units of every picture that the camera shows, by its number.
    static func pictures(_ material: Material, _ codec: RTSPCameraUnderTest.Codec) async throws -> [[[UInt8]]] {
        let streams = try await RTSPStreams.make(material)
        let data = [UInt8](try Data(contentsOf: streams.appending(path: "main.\(codec)")))
        var pictures: [[[UInt8]]] = []
        var begin = -1
        var zeros = 0
        func end(_ unit: ArraySlice<UInt8>) {
            let unit = Array(unit.reversed().drop { $0 == 0 }.reversed())
            // A delimiter begins each.
            let isDelimiter = codec == .h264 ? unit[0] & 0x1F == 9 : unit[0] >> 1 & 0x3F == 35
            if isDelimiter { pictures.append([]) }
            if isPicture(unit, codec) { pictures[pictures.count - 1].append(unit) }
        }
        for (place, byte) in data.enumerated() {
            if byte == 1, zeros >= 2 {
                if begin >= 0 { end(data[begin..<(place - 2)]) }
                begin = place + 1
            }
            zeros = byte == 0 ? zeros + 1 : 0
        }
        end(data[begin...])
        try #require(pictures.count == RTSPStreams.count)
        return pictures
    }

    /// Boxes that the subtitles show at a moment, as x, y, width, height.
    func boxes(at offset: Int) -> [[Double]] {
        entries.filter { $0.start <= offset && offset < $0.end }
            .map { [$0.mark.box.x, $0.mark.box.y, $0.mark.box.width, $0.mark.box.height] }
    }
}
