/// The sizes at which MTCNN's first network looks for faces. It knows faces of 12 pixels, so the picture is shrunk step
/// by step until the largest face has that size.
struct MTCNNPyramid {
    struct Level: Equatable {
        let width: Int
        let height: Int
        /// Level pixels for one of the picture.
        let scale: Double
    }

    /// Pixels: what the network was trained with.
    static let face = 12.0
    /// From one level to the next, as in the paper's own code.
    static let factor = 0.709

    let levels: [Level]

    /// - Parameter smallest: pixels of the smallest face to be found.
    init(width: Int, height: Int, smallest: Double) {
        var levels: [Level] = []
        var scale = Self.face / smallest
        while Double(min(width, height)) * scale >= Self.face {
            levels.append(
                Level(
                    width: Int((Double(width) * scale).rounded(.up)),
                    height: Int((Double(height) * scale).rounded(.up)), scale: scale))
            scale *= Self.factor
        }
        self.levels = levels
    }
}
