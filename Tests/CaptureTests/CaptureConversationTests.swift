import Capture
import Foundation
import TestSupport
import Testing
import VisageCore

/// What the daemon makes of a capture process that says what it likes.
@Suite struct CaptureConversationTests {
    private func conversation(_ secrets: [String] = []) -> CaptureConversation {
        CaptureConversation(session: LiveSession(), secrets: secrets)
    }

    @Test func textsAreOneLineWithoutThePassword() throws {
        var conversation = conversation(["hunter2"])
        let error = #expect(throws: VisageError.self) {
            try conversation.take(.ended("bad\u{1B}[2J\nline, hunter2\u{202E}", needsPerson: true), at: .now)
        }
        #expect(error?.message == "bad\u{FFFD}[2J\u{FFFD}line, …\u{FFFD}" && error?.retry == .needsPerson)
    }

    @Test func picturesOfMemoryThatWasNeverGivenAreRefused() throws {
        var conversation = conversation()
        let picture = SharedPicture(
            memory: 7, slot: 0, width: 64, height: 48, offsets: [0, 3072, 3840], strides: [64, 32, 32], isBT709: false,
            stamp: nil, arrived: 0, taken: nil)
        #expect(throws: VisageError.self) { try conversation.take(.picture(picture), at: .now) }
    }

    @Test func aCameraThatKeepsChangingItsSizeIsGivenUp() throws {
        var conversation = conversation()
        let memory = try conversation.take(.wantsMemory(bytes: 1 << 20), at: .now)
        #expect(memory?.number == 1)
        let error = #expect(throws: VisageError.self) {
            for round in 0..<20 {
                let width = 64 + round % 2 * 64
                let picture = SharedPicture(
                    memory: 1, slot: round, width: width, height: 48, offsets: [0, 6144, 7680], strides: [128, 64, 64],
                    isBT709: false, stamp: nil, arrived: 0, taken: nil)
                _ = try conversation.take(.picture(picture), at: .now)
            }
        }
        #expect(error?.message.contains("changed the size of its pictures more than 6 times") == true)
    }

    /// Sums with such times would overflow.
    @Test func timesAreKeptInBounds() throws {
        let session = LiveSession()
        var conversation = CaptureConversation(session: session, secrets: [])
        _ = try conversation.take(.wantsMemory(bytes: 1 << 16), at: .now)
        for (round, time) in [Int64.min, -1, 0, Int64.max].enumerated() {
            let picture = SharedPicture(
                memory: 1, slot: round, width: 64, height: 48, offsets: [0, 3072, 3840], strides: [64, 32, 32],
                isBT709: false, stamp: time, arrived: time, taken: time)
            _ = try conversation.take(.picture(picture), at: .now)
            #expect(session.deadline > .now)
        }
    }
}
