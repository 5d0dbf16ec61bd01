import Events
import Foundation
import Publishing
import TestSupport
import Testing
import VisageCore

@Suite struct EventServerTests {
    @Test func greetsThenSendsEventsInOrder() async throws {
        let fixture = try await Fixture.make()
        let reader = try fixture.connect(EventRequest())
        let hello = try reader.next(.hello)
        #expect(hello.cameras == Fixture.cameras)
        #expect((hello.oldest, hello.newest) == (1, 0))
        for track in 1...300 { fixture.hub.publish(.sample(.appeared, track: track)) }
        let events = try reader.upTo(300)
        #expect(events.map(\.track) == (1...300).map { $0 })
        #expect(events.map(\.seq) == (1...300).map { $0 })
        #expect(Set(events.map(\.run)) == [fixture.hub.run])
        await fixture.end()
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test func goesLiveWithoutARequestAndLosesNothingMeanwhile() async throws {
        let fixture = try await Fixture.make { $0.requestWait = .milliseconds(50) }
        let reader = try fixture.connect()
        _ = try reader.next(.hello)
        fixture.hub.publish(.sample(.appeared))
        fixture.hub.publish(.sample(.frame))
        fixture.hub.publish(.sample(.lost))
        #expect(try reader.upTo(2).map(\.type) == [.appeared, .lost])
        await fixture.end()
    }

    @Test func numbersGoOnAfterARestart() async throws {
        var fixture = try await Fixture.make()
        for _ in 1...10 { fixture.hub.publish(.sample(.appeared)) }
        await fixture.end()
        fixture = try await Fixture.make(in: fixture.folder)
        let reader = try fixture.connect(EventRequest(since: 5))
        #expect(try reader.next(.hello).newest == 10)
        fixture.hub.publish(.sample(.lost))
        #expect(try reader.upTo(11).map(\.seq) == (6...11).map { $0 })
        await fixture.end()
    }

    @Test func replayMeetsTheLiveStreamWithoutLossOrDuplicate() async throws {
        // Room enough that slow test readers are not told of gaps.
        let fixture = try await Fixture.make { ($0.events, $0.bytes) = (100_000, 1 << 26) }
        for track in 1...2_000 { fixture.hub.publish(.sample(.appeared, track: track)) }
        fixture.hub.flush()
        let publisher = onThread {
            for track in 2_001...6_000 {
                fixture.hub.publish(.sample(.appeared, track: track))
                // Paced, so that the readers come while it lasts.
                if track % 20 == 0 { Thread.sleep(forTimeInterval: 0.001) }
            }
        }
        let readers = (0..<6).map { index in
            onThread {
                let reader = try fixture.connect(EventRequest(since: Int64(index * 300)))
                _ = try reader.next(.hello)
                return try reader.upTo(6_000).map(\.seq)
            }
        }
        for (index, reader) in readers.enumerated() {
            let first = Int64(index * 300 + 1)
            #expect(try await reader.value == (first...6_000).map { $0 })
        }
        try await publisher.value
        await fixture.end()
    }

    @Test func filtersByTypeAndCameraLiveAndFromTheLog() async throws {
        let fixture = try await Fixture.make()
        func publish() {
            fixture.hub.publish(.sample(.appeared, camera: "door"))
            fixture.hub.publish(.sample(.lost, camera: "yard"))
            fixture.hub.publish(.sample(.lost, camera: "door"))
        }
        publish()
        fixture.hub.flush()
        let reader = try fixture.connect(EventRequest(since: 0, types: ["face.lost"], cameras: ["door"]))
        _ = try reader.next(.hello)
        #expect(try reader.next(.lost).seq == 3)
        publish()
        #expect(try reader.next(.lost).seq == 6)
        await fixture.end()
    }

    @Test func helloTellsTheLiveTracks() async throws {
        let fixture = try await Fixture.make()
        fixture.hub.publish(.sample(.appeared, track: 1))
        fixture.hub.publish(.sample(.appeared, track: 2))
        fixture.hub.publish(.sample(.appeared, camera: "yard", track: 3))
        fixture.hub.publish(.sample(.unknown, track: 1))
        fixture.hub.publish(.sample(.revised, track: 1, name: "Ada"))
        fixture.hub.publish(.sample(.lost, track: 2))
        fixture.hub.flush()
        let tracks = try fixture.connect().next(.hello).tracks ?? []
        #expect(tracks.map(\.track) == [1, 3])
        #expect(tracks.map(\.name) == ["Ada", nil])
        #expect(tracks.map(\.unknownID) == [nil, nil])
        await fixture.end()
    }

    @Test func framesAndStatsComeOnRequestAndAreNotLogged() async throws {
        let fixture = try await Fixture.make(statsProvider: {
            [.sample(.stats, camera: "door"), .sample(.stats, camera: "yard")]
        })
        #expect(!fixture.hub.wantsFrames)
        var reader: EventReader? = try fixture.connect(
            EventRequest(types: ["frame", "stats"], cameras: ["yard"]))
        _ = try reader?.next(.hello)
        #expect(try reader?.next(.stats).camera == "yard")
        #expect(fixture.hub.wantsFrames)
        fixture.hub.publish(.sample(.frame, camera: "yard"))
        fixture.hub.publish(.sample(.appeared, camera: "yard"))
        fixture.hub.publish(.sample(.stats, camera: "door"))
        fixture.hub.publish(.sample(.stats, camera: "yard"))
        #expect(try reader?.next(.frame).seq == nil)
        #expect(try reader?.next(.stats).camera == "yard")
        #expect(fixture.log.newest == 1)
        reader = nil
        #expect(await eventually { !fixture.hub.wantsFrames })
        await fixture.end()
    }

    @Test(arguments: [
        ("nonsense", "not a request"), ("[1]", "not a request"), (#"{"since":-1}"#, "since is -1"),
        (#"{"types":["face.seen"]}"#, "face.appeared"), (#"{"cameras":["attic"]}"#, "door, yard"),
        (#"{"sinc":1}"#, "unknown key \"sinc\""), (String(repeating: "[", count: 10_000), "not a request"),
    ])
    func aBadRequestIsAnsweredAndChangesNothing(line: String, answer: String) async throws {
        let fixture = try await Fixture.make()
        let reader = try fixture.connect()
        try reader.client.send(bytes: Array((line + "\n").utf8))
        _ = try reader.next(.hello)
        let refusal = try reader.next(.error)
        #expect(refusal.code == .badRequest && refusal.reason?.contains(answer) == true)
        try reader.client.send(EventRequest(types: ["face.lost"]))
        try reader.client.send(EventRequest(types: ["face.appeared"]))
        #expect(try reader.next(.error).code == .lateRequest)
        fixture.hub.publish(.sample(.appeared))
        fixture.hub.publish(.sample(.lost))
        #expect(try reader.next(.lost).seq == 2)
        await fixture.end()
    }

    @Test func anEndlessLineIsNotKept() async throws {
        let fixture = try await Fixture.make { $0.requestWait = .milliseconds(50) }
        let reader = try fixture.connect()
        _ = try reader.next(.hello)
        try reader.client.send(bytes: [UInt8](repeating: 0x61, count: 40_000))
        let refusal = try reader.next(.error)
        #expect(refusal.code == .requestTooLong && refusal.reason?.contains("longer than") == true)
        fixture.hub.publish(.sample(.appeared))
        #expect(try reader.next(.appeared).seq == 1)
        await fixture.end()
    }

    @Test func whoStopsSendingGoesOnReceiving() async throws {
        let fixture = try await Fixture.make()
        fixture.hub.publish(.sample(.appeared))
        fixture.hub.flush()
        let reader = try fixture.connect()
        // Without newline: the end of sending ends the line too.
        try reader.client.send(bytes: Array(#"{"since":0,"types":["face.appeared"]}"#.utf8))
        reader.client.finishSending()
        _ = try reader.next(.hello)
        #expect(try reader.next(.appeared).seq == 1)
        fixture.hub.publish(.sample(.appeared))
        #expect(try reader.next(.appeared).seq == 2)
        await fixture.end()
    }

    @Test func aSlowSubscriberIsToldWhatItMissedAndCanFetchIt() async throws {
        let fixture = try await Fixture.make { $0.events = 50 }
        let slow = try fixture.connect(EventRequest())
        _ = try slow.next(.hello)
        fixture.hub.publish(.sample(.appeared))
        _ = try slow.next(.appeared)
        // More than the system's socket buffers hold.
        for track in 2...5_000 { fixture.hub.publish(.sample(.appeared, track: track)) }
        fixture.hub.flush()
        #expect(fixture.hub.dropped > 0)
        var seen: [Int64] = [1]
        var gap: Event?
        while gap == nil {
            let event = try slow.next()
            if event.type == .gap { gap = event } else { seen += event.seq.map { [$0] } ?? [] }
        }
        let since = try #require(gap?.since)
        let dropped = try #require(gap?.dropped)
        #expect(seen == Array(1...since))
        #expect(dropped == 5_000 - Int(since))
        let again = try fixture.connect(EventRequest(since: since))
        _ = try again.next(.hello)
        #expect(try again.upTo(5_000).compactMap(\.seq) == Array((since + 1)...5_000))
        // The slow one is live again.
        fixture.hub.publish(.sample(.lost))
        #expect(try slow.next(.lost).seq == 5_001)
        await fixture.end()
    }

    @Test func refusesPolitelyWhenFull() async throws {
        let fixture = try await Fixture.make { $0.subscribers = 4 }
        let first = try fixture.connect(EventRequest())
        var second: EventReader? = try fixture.connect(EventRequest())
        _ = try first.next(.hello)
        _ = try second?.next(.hello)
        #expect(try fixture.connect(EventRequest()).next(.error).code == .tooManySubscribers)
        second = nil
        #expect(await eventually { await fixture.server.subscribers == 1 })
        _ = try fixture.connect(EventRequest()).next(.hello)
        await fixture.end()
    }

    @Test func shutdownLetsSubscribersHaveWhatIsQueued() async throws {
        let fixture = try await Fixture.make { ($0.events, $0.drainTimeout) = (10_000, testTimeout) }
        let reader = try fixture.connect(EventRequest())
        _ = try reader.next(.hello)
        for track in 1...3_000 { fixture.hub.publish(.sample(.appeared, track: track)) }
        fixture.hub.flush()
        let reading = onThread { try reader.toEnd().compactMap(\.seq) }
        await fixture.end()
        #expect(try await reading.value == Array(1...3_000))
    }

    @Test func shutdownDoesNotWaitForThoseWhoDoNotRead() async throws {
        let fixture = try await Fixture.make { ($0.events, $0.drainTimeout) = (10_000, .milliseconds(100)) }
        let stuck = try fixture.connect(EventRequest())
        _ = try stuck.next(.hello)
        for track in 1...3_000 { fixture.hub.publish(.sample(.appeared, track: track)) }
        await fixture.end()
        #expect(await fixture.server.subscribers == 0)
        #expect(fixture.log.newest == 3_000)
    }
}

// Safe: each reader is used by one task at a time; tests hand it over, they do not share it.
extension EventReader: @unchecked Sendable {}
