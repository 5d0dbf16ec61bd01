import Foundation
import Imaging
import VisageCore

/// A face as a small picture with what was expected of it and what was said.
struct FaceCard {
    /// Pixels of the picture's side.
    private static let side = 112
    private static let margin = 0.25

    let photo: URL
    let box: BoundingBox?
    let lines: [String]
    let isBad: Bool

    /// The picture goes into the page itself; what cannot be read leaves its place empty.
    func html(_ scaler: Scaler) -> String {
        let picture = jpeg(scaler).map {
            "<img alt=\"\" src=\"data:image/jpeg;base64,\(Data($0).base64EncodedString())\">"
        }
        let words = lines.map { "<div>\(HTML.escaped($0))</div>" }.joined()
        return "<div class=\"face\(isBad ? " bad" : "")\" title=\"\(HTML.escaped(photo.path))\">"
            + "\(picture ?? "")\(words)</div>"
    }

    private func jpeg(_ scaler: Scaler) -> [UInt8]? {
        guard let data = try? Data(contentsOf: photo), let picture = try? Photo.decode(data) else { return nil }
        let part = box.flatMap { picture.part($0.widened(by: Self.margin)) } ?? picture
        let scale = min(1, 2 * Double(Self.side) / Double(max(part.width, part.height)))
        let size = (max(2, Int(Double(part.width) * scale)), max(2, Int(Double(part.height) * scale)))
        return try? Photo.encode(part, as: .jpeg, quality: 80, size: size, scaler: scaler)
    }
}

extension BoundingBox {
    /// By this share of its size on each side.
    fileprivate func widened(by share: Double) -> BoundingBox {
        BoundingBox(
            x: x - share * width, y: y - share * height, width: width * (1 + 2 * share),
            height: height * (1 + 2 * share))
    }
}
