import CFreeType
import Foundation
import Synchronization
import VisageCore

/// A line of text as a coverage mask, 0...255 a pixel.
public struct Label: Sendable {
    public let width: Int
    public let height: Int
    public let coverage: [UInt8]
}

/// Renders text in any script that DejaVu Sans covers, with FreeType. Names stay the same for many frames, so
/// labels are kept. Safe to call from several threads.
public final class LabelRenderer: Sendable {
    /// From Debian's `fonts-dejavu-core`.
    public static let fontPath = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

    private struct Key: Hashable {
        let text: String
        let size: Int
    }

    private struct State: ~Copyable {
        // Safe: used only under the mutex.
        nonisolated(unsafe) var library: FT_Library?
        nonisolated(unsafe) var face: FT_Face?
        var labels: [Key: Label] = [:]
    }

    private let state: Mutex<State>
    private let limit = 256

    /// - Throws: `VisageError` (notFound) without the font.
    public init(font: String = LabelRenderer.fontPath) throws {
        var library: FT_Library?
        var face: FT_Face?
        guard FT_Init_FreeType(&library) == 0, FT_New_Face(library, font, 0, &face) == 0 else {
            if let library { FT_Done_FreeType(library) }
            throw VisageError(.notFound, "The font \(font) cannot be read; install fonts-dejavu-core")
        }
        state = Mutex(State(library: library, face: face))
    }

    deinit {
        state.withLock { state in
            if let face = state.face { FT_Done_Face(face) }
            if let library = state.library { FT_Done_FreeType(library) }
        }
    }

    /// `text` in letters of `size` pixels, with a small margin around.
    public func label(_ text: String, size: Int) -> Label {
        let key = Key(text: text, size: max(6, min(size, 200)))
        return state.withLock { state in
            if let label = state.labels[key] { return label }
            let label = LabelRenderer.render(key.text, size: key.size, face: state.face)
            if state.labels.count >= limit { state.labels.removeAll(keepingCapacity: true) }
            state.labels[key] = label
            return label
        }
    }

    private static func render(_ text: String, size: Int, face: FT_Face?) -> Label {
        let margin = max(2, size / 5)
        let height = size + 2 * margin
        let baseline = margin + size * 4 / 5
        guard let face, FT_Set_Pixel_Sizes(face, 0, FT_UInt(size)) == 0 else {
            return Label(width: 0, height: 0, coverage: [])
        }
        // Names are short; a name that is not is cut rather than drawn over the whole frame.
        let characters = Array(
            TerminalText.drawable(text).precomposedStringWithCanonicalMapping.unicodeScalars.prefix(64))
        var width = 2 * margin
        for character in characters where FT_Load_Char(face, FT_ULong(character.value), Int32(FT_LOAD_DEFAULT)) == 0 {
            width += Int(face.pointee.glyph.pointee.advance.x >> 6)
        }
        var coverage = [UInt8](repeating: 0, count: width * height)
        var pen = margin
        for character in characters where FT_Load_Char(face, FT_ULong(character.value), Int32(FT_LOAD_RENDER)) == 0 {
            let glyph = face.pointee.glyph.pointee
            let bitmap = glyph.bitmap
            for row in 0..<Int(bitmap.rows) {
                let y = baseline - Int(glyph.bitmap_top) + row
                guard (0..<height).contains(y), let buffer = bitmap.buffer else { continue }
                for column in 0..<Int(bitmap.width) {
                    let x = pen + Int(glyph.bitmap_left) + column
                    guard (0..<width).contains(x) else { continue }
                    let value = buffer[row * Int(bitmap.pitch) + column]
                    coverage[y * width + x] = max(coverage[y * width + x], value)
                }
            }
            pen += Int(glyph.advance.x >> 6)
        }
        return Label(width: width, height: height, coverage: coverage)
    }
}
