import CV4L2

/// How a camera describes itself: the same one at the same port does so in the same way, whatever its device number.
package struct V4L2Identity: Sendable, Hashable, Codable {
    package let driver: String
    /// The product's name.
    package let card: String
    /// The port that it is plugged into.
    package let bus: String

    package init(driver: String, card: String, bus: String) {
        self.driver = driver
        self.card = card
        self.bus = bus
    }

    init(_ capability: v4l2_capability) {
        driver = text(capability.driver)
        card = text(capability.card)
        bus = text(capability.bus_info)
    }
}

/// What the kernel wrote into an array of characters, which Swift sees as a tuple; up to the first zero.
func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
