import Foundation

/// What the name of a person may be. `train`, `capture` and `label` refuse every other name. Older galleries, folders and
/// events may hold such names: they are still read, and shown by `TerminalText`.
public enum PersonName {
    /// A name is also the name of a folder, and hidden names beside it are taken from it.
    public static let maxBytes = 200

    /// Why a person of an older gallery cannot have had this name either, because no folder can; nil if that is possible.
    public static func folderProblem(_ text: String) -> String? {
        if !text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) { return "it is empty" }
        if text.hasPrefix(".") { return "it begins with ." }
        if text.unicodeScalars.contains("/") { return "it has a /" }
        return nil
    }

    /// Why the text cannot be the name of a person; nil if it can.
    public static func problem(_ text: String) -> String? {
        if let problem = folderProblem(text) { return problem }
        if text.utf8.count > maxBytes { return "it has more than \(maxBytes) bytes" }
        if let scalar = text.unicodeScalars.first(where: TerminalText.isUnprintable) {
            return "it has the unprintable character \(TerminalText.escaped(String(scalar)))"
        }
        if UnknownNumber.isID(text) { return "it is the id of an unknown person" }
        return nil
    }

    /// - Throws: `VisageError` (usage) saying why the text cannot be a name.
    public static func check(_ text: String) throws(VisageError) { try refuse(text, problem(text)) }

    /// - Throws: `VisageError` (usage) if a person of an older gallery cannot have had the name either.
    public static func checkFolder(_ text: String) throws(VisageError) { try refuse(text, folderProblem(text)) }

    private static func refuse(_ text: String, _ problem: String?) throws(VisageError) {
        guard let problem else { return }
        throw VisageError(.usage, "`\(text)` cannot be the name of a person: \(problem)")
    }
}
