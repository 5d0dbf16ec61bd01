/// Lets the pictures of a video stream through from an undamaged key frame on, until something is damaged or lost; then
/// nothing until the next undamaged key frame, because pictures in between refer to damaged ones. Pure.
package struct KeyFrameGate {
    private var isOpen = false
    /// Packets to come that may be incomplete because of a loss that was noticed before they were put together.
    private var suspects = 0

    package init() {}

    /// A packet was taken from the stream.
    /// - Parameters:
    ///   - isSuspect: something was found damaged or lost while it was read
    ///   - delay: pictures that the decoder holds back
    package mutating func packet(isSuspect: Bool, delay: Int) {
        if isSuspect {
            isOpen = false
            // The loss may lie in this packet or in the one being put together behind it.
            suspects = 2 + delay
        } else if suspects > 0 {
            suspects -= 1
        }
    }

    /// The decoder found something wrong.
    package mutating func damage() { isOpen = false }

    /// - Returns: whether this picture can be relied on.
    package mutating func passes(isKey: Bool, isDamaged: Bool) -> Bool {
        if isDamaged {
            isOpen = false
        } else if isKey, suspects == 0 {
            isOpen = true
        }
        return isOpen
    }
}
