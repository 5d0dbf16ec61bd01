extension String {
    /// Quoted so that a shell reads it as one word.
    var quoted: String {
        let plain = allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
        return plain && !isEmpty ? self : "'\(replacing("'", with: "'\\''"))'"
    }
}
