import VisageCore

extension String {
    /// Quoted so that a shell reads it as one word. Unprintable characters become escape sequences within `$'...'`, which
    /// bash, zsh and ksh know.
    var quoted: String {
        if unicodeScalars.contains(where: TerminalText.isUnprintable) {
            return "$'\(TerminalText.escaped(replacing("\\", with: "\\\\").replacing("'", with: "\\'")))'"
        }
        let plain = allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
        return plain && !isEmpty ? self : "'\(replacing("'", with: "'\\''"))'"
    }
}
