import Foundation
import Recognition
import Storage
import VisageCore

/// A file of comma-separated values (RFC 4180).
enum CSVFile {
    /// Writes the file completely or not at all, and readable only by the owner, because the rows say who looks like
    /// whom.
    /// - Throws: `VisageError` (unwritable).
    static func write(_ rows: [[String]], to file: URL) throws {
        let text = rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
        try DurableFile.replace(Data(text.utf8), at: file)
    }

    private static func field(_ text: String) -> String {
        // Unicode scalars are compared, because a quote with a combining accent is a different Character.
        guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
        return "\"\(text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\""
    }
}
