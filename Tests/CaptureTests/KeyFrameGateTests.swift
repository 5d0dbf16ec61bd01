import Capture
import Testing

@Suite struct KeyFrameGateTests {
    /// Feeds `K`ey and other pictures (`.`), those with a loss noticed while they were read (`k`, `x`), and ones that the
    /// decoder found damaged (`!`).
    /// - Returns: the same with `-` for every picture that was held back.
    private func play(_ stream: String, delay: Int = 0) -> String {
        var gate = KeyFrameGate()
        return String(
            stream.map { picture in
                gate.packet(isSuspect: "kx".contains(picture), delay: delay)
                return gate.passes(isKey: "Kk".contains(picture), isDamaged: picture == "!") ? picture : "-"
            })
    }

    @Test func beginsWithAKeyFrame() { #expect(play("..K...K..") == "--K...K..") }

    @Test func afterALossWaitsForTheNextSoundKeyFrame() { #expect(play("K..x....K...") == "K..-----K...") }

    @Test func aKeyFrameWithALossInItOrRightBeforeItIsNotTrusted() {
        #expect(play("K..k...K..") == "K..----K..")
        #expect(play("K..xK..K..") == "K..----K..")
        #expect(play("K..x.K.K..") == "K..--K.K..")
    }

    @Test func damageThatTheDecoderFindsClosesItToo() {
        #expect(play("K.!..K..") == "K.---K..")
        #expect(play("!..K.") == "---K.")
    }

    @Test func mjpegIsAllKeyFrames() { #expect(play("KK!KK") == "KK-KK") }

    @Test func aDecoderThatHoldsPicturesBackIsWaitedFor() {
        #expect(play("K..x.K.K..K", delay: 2) == "K..----K..K")
    }
}
