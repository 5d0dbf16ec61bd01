extension DecodingError {
    /// What is wrong and where, in one line.
    var sentence: String {
        switch self {
        case .keyNotFound(let key, let context): place(context, "`\(key.stringValue)` is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            place(context, context.debugDescription)
        @unknown default: "it is not what it should be"
        }
    }

    private func place(_ context: Context, _ what: String) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        return path.isEmpty ? what : "\(path.drop { $0 == "." }): \(what)"
    }
}
