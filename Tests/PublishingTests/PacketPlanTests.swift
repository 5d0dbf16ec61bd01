import Foundation
import Publishing
import Testing
import VisageCore

@Suite struct PacketPlanTests {
    private var plan = PacketPlan(segmentLength: .seconds(10), maxBytes: 1_000_000)
    private var names = 0
    private var number = 0

    private static func stream(reordering: Int = 0) -> PacketStream {
        PacketStream(
            codec: .h264, width: 64, height: 64, ticksPerSecond: 1000, step: 40, reordering: reordering,
            configuration: [1, 2, 3, 4, 5, 6, 7, 8])
    }

    init() { plan.begin(Self.stream()) }

    private mutating func packet(_ pts: Int64, key: Bool = false, bytes: Int = 10, at seconds: Double? = nil)
        -> SourcePacket
    {
        number += 1
        return SourcePacket(
            id: PacketID(session: 1, number: number), pts: pts, isKey: key,
            arrived: time(seconds ?? Double(number)), data: Array(repeating: 0, count: bytes))
    }

    private func time(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: 0) + .seconds(seconds) }

    /// Where it goes, as in "1 +40"; nil if nowhere.
    private mutating func place(_ pts: Int64, key: Bool = false, bytes: Int = 10, at seconds: Double? = nil) -> String?
    {
        let packet = packet(pts, key: key, bytes: bytes, at: seconds)
        let place = plan.place(packet) {
            names += 1
            return "\(names)"
        }
        #expect(place?.position == plan.position(of: packet.id))
        return place.map { "\($0.position.file) +\($0.position.offsetMs)" }
    }

    @Test mutating func beginsWithAKeyFrameAndCountsFromIt() {
        #expect(place(960) == nil)
        #expect(place(1000, key: true) == "1 +0")
        #expect(place(1040) == "1 +40")
        // Only a key frame begins the next file.
        #expect(place(10_990) == "1 +9990")
        #expect(place(11_030) == "1 +10030")
        #expect(place(11_070, key: true) == "2 +0")
        #expect(place(11_110) == "2 +40")
        #expect(plan.takeLost() == 0)
    }

    @Test mutating func aFileThatIsLargeEndsSooner() {
        #expect(place(0, key: true, bytes: 999_999) == "1 +0")
        #expect(place(40, bytes: 10) == "1 +40")
        #expect(place(80, key: true) == "2 +0")
        // Without key frames it ends at twice the size, and waits for one.
        #expect(place(120, bytes: 1_999_990) == "2 +40")
        #expect(place(160) == nil && place(200) == nil)
        #expect(place(240, key: true) == "3 +0")
        #expect(plan.takeLost() == 2 && plan.takeLost() == 0)
    }

    @Test mutating func whatRefersToALostPacketIsNotRecorded() {
        #expect(place(0, key: true) == "1 +0")
        plan.miss(3)
        #expect(place(160) == nil)
        #expect(place(200, key: true) == "1 +200")
        let dropped = packet(240)
        #expect(plan.place(dropped) { "x" } != nil)
        plan.drop(dropped)
        #expect(plan.position(of: dropped.id) == nil && place(280) == nil)
        #expect(plan.takeLost() == 6)
    }

    @Test mutating func clocksThatAreSetBeginAFile() {
        #expect(place(5000, key: true) == "1 +0")
        // A stamp that stands still or goes back a little is placed behind the last one.
        #expect(place(5000) == "1 +1" && place(4990) == "1 +2" && place(5040) == "1 +40")
        #expect(place(3000) == nil)
        #expect(place(3040, key: true) == "2 +0")
        #expect(place(14_000, key: true) == "3 +0")
    }

    @Test mutating func interruptedFailedHeldAndFinished() {
        #expect(place(0, key: true) == "1 +0")
        plan.interrupt()
        #expect(place(40) == "1 +40" && place(80, key: true) == "2 +0")
        plan.begin(Self.stream())
        #expect(place(120) == nil && place(160, key: true) == "3 +0")
        plan.failed("3", at: time(10))
        #expect(place(200, key: true, at: 14.9) == nil && place(240, key: true, at: 15) == "4 +0")
        plan.failed("3", at: time(15))
        #expect(place(280, at: 16) == "4 +40", "an old file's failure")
        plan.hold(true)
        #expect(place(320, key: true, at: 17) == nil)
        plan.hold(false)
        #expect(place(360, at: 18) == nil && place(400, key: true, at: 19) == "5 +0")
        plan.end()
        #expect(place(440, key: true, at: 20) == nil)
        plan.begin(Self.stream())
        plan.finish()
        #expect(place(480, key: true, at: 21) == nil)
    }

    @Test mutating func stampsThatJumpDoNotMakeAFileEach() {
        #expect(place(0, key: true, at: 0) == "1 +0")
        for jump in 1...9 { #expect(place(Int64(jump) * 100_000, key: true, at: Double(jump) / 10) == nil) }
        #expect(place(9_000_000, key: true, at: 1) == "2 +0")
        // Another stream is none of these; how often that can happen is limited elsewhere.
        plan.begin(Self.stream())
        #expect(place(0, key: true, at: 1.1) == "3 +0")
    }

    /// I P B B as they are decoded; the times of showing stay as they are, those of decoding grow.
    @Test mutating func reorderedPicturesKeepTheirTimes() {
        plan.begin(Self.stream(reordering: 2))
        let shown: [Int64] = [0, 120, 40, 80, 240, 160, 200]
        let places = shown.map { pts in
            let packet = packet(1000 + pts, key: pts == 0)
            return plan.place(packet) { "1" }
        }
        #expect(places.compactMap { $0?.pts } == shown)
        #expect(places.compactMap { $0?.position.offsetMs } == shown.map { Int($0) })
        #expect(places.compactMap { $0?.dts } == [-80, -40, 0, 40, 80, 120, 160])
    }

    /// Whatever a process says, the file gets times that make sense.
    @Test func anyTimesAreBroughtIntoOrder() {
        var random = SystemRandomNumberGenerator()
        for reordering in 0...16 {
            var times = DecodeTimes(reordering: reordering, step: 40)
            var last = times.next(0)
            #expect(last.pts == 0 && last.dts <= 0)
            for _ in 0..<500 {
                let next = times.next(Int64.random(in: -2000...100_000, using: &random))
                #expect(next.dts > last.dts && next.pts >= next.dts)
                last = next
            }
        }
    }
}
