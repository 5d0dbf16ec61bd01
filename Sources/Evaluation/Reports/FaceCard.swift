import Foundation
import Imaging
import VisageCore

/// A small picture of a face, with lines of text below it.
struct FaceCard {
    /// Side of the shown picture in pixels.
    private static let side = 112
    private static let margin = 0.25

    let photo: URL
    let box: BoundingBox?
    let lines: [String]
    let isBad: Bool

    /// The picture is embedded in the page; one that cannot be read is left out.
    func html(_ scaler: Scaler) -> String {
        let picture = jpeg(scaler).map {
            "<img alt=\"\" src=\"data:image/jpeg;base64,\(Data($0).base64EncodedString())\">"
        }
        let words = lines.map { "<div>\(HTML.escaped($0))</div>" }.joined()
        return "<div class=\"face\(isBad ? " bad" : "")\" title=\"\(HTML.escaped(photo.path))\">"
            + "\(picture ?? "")\(words)</div>"
    }

    private func jpeg(_ scaler: Scaler) -> [UInt8]? {
        guard let data = try? Photo.read(photo), let picture = try? Photo.decode(data) else { return nil }
        let part = box.flatMap { picture.part($0.widened(by: Self.margin)) } ?? picture
        let scale = min(1, 2 * Double(Self.side) / Double(max(part.width, part.height)))
        let size = (max(2, Int(Double(part.width) * scale)), max(2, Int(Double(part.height) * scale)))
        return try? Photo.encode(part, as: .jpeg, quality: 80, size: size, scaler: scaler)
    }
}

extension BoundingBox {
    /// Enlarged on each side by this share of its size.
    fileprivate func widened(by share: Double) -> BoundingBox {
        BoundingBox(
            x: x - share * width, y: y - share * height, width: width * (1 + 2 * share),
            height: height * (1 + 2 * share))
    }
}
