import Capture
import Foundation
import Testing
import VisageCore

/// What is made of the parameter sets that a camera sends.
@Suite struct ParameterSetsTests {
    private func configuration(_ codec: PacketStream.Codec, _ bytes: Data) -> [UInt8]? {
        var sets = ParameterSets(codec)
        bytes.withUnsafeBytes { sets.take($0, NALUnits.ranges($0)) }
        return sets.isComplete ? sets.configuration(width: 640, height: 360) : nil
    }

    @Test func soundOnesHaveAConfiguration() throws {
        let sets = try ["Z0LAHtkA2D3nARAAAAMAEAAAAwPA8WLkgA==", "aMuMsg=="].map { text in
            Data([0, 0, 0, 1]) + (try #require(Data(base64Encoded: text)))
        }
        let box = try #require(configuration(.h264, sets[0] + sets[1]))
        #expect(box[0] == 1 && box.count > 20)
    }

    /// The fuzzer's: FFmpeg's writer of MP4 takes minutes for them.
    @Test func onesThatEndEarlyHaveNone() throws {
        let text =
            """
            AAAAAUABDAH//wFgAAADAJAAAAMAAAMAHpWUCQAAAAFCAQEBYAAAAwCQAHoAAwAAAwAeoEIIWWVlSkwvAWgIAAADAAgAAAMAyEAA\
            AAABRAHAc8CJAAAAAUGaICCLAA4AAAABQZpAUiwADgAAAAFBmiAgiwAOAAAAAUGaQFIsAA4AAAABQZpgiLBmc2V0cyByaWdodD0w\
            IGJvdHRvbT0wIGRlYwEAAAAAAAAlLXJhdGU9MCBuby12YnYtbGl2ZS1tdWx0aS1wYXNzgAAAAAFBmiAgiwAOAAAAAUGaQFIsAA4=
            """
        #expect(configuration(.h265, try #require(Data(base64Encoded: text))) == nil)
    }
}
