import Foundation

/// How many files the process may have open.
public enum FileLimit {
    /// The soft limit in force.
    public static var current: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the soft limit to the hard one, for every subscriber takes a file. Returns the limit in force.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return current }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
        return current
    }
}
