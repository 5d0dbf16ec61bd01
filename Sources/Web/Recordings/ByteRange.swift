/// A `Range` header of one range, RFC 9110.
package struct ByteRange: Equatable {
    package enum Request: Equatable {
        /// There is none, or one that may be ignored.
        case whole
        case part(ClosedRange<Int64>)
        case unsatisfiable
    }

    /// - Parameter size: of the file.
    package static func parse(_ header: String?, size: Int64) -> Request {
        guard let header, header.hasPrefix("bytes=") else { return .whole }
        let text = header.dropFirst(6)
        // Several ranges at once are answered by the whole, as is allowed.
        guard !text.contains(",") else { return .whole }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        guard parts.count == 2 else { return .whole }
        if parts[0].isEmpty {
            guard let count = Int64(parts[1]), count > 0, size > 0 else { return .unsatisfiable }
            return .part(max(0, size - count)...(size - 1))
        }
        guard let first = Int64(parts[0]), first >= 0 else { return .whole }
        guard first < size else { return .unsatisfiable }
        if parts[1].isEmpty { return .part(first...(size - 1)) }
        guard let last = Int64(parts[1]), last >= first else { return .whole }
        return .part(first...min(last, size - 1))
    }
}
