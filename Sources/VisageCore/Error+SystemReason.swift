import Foundation

extension Error {
    /// What the system said, in its own words, such as "Not a directory". For many failures Foundation's own sentence has
    /// nothing but a number; then, too, the system's error is in it.
    public var systemReason: String {
        let error = self as NSError
        switch error.userInfo[NSUnderlyingErrorKey] {
        case let cause as POSIXError: return String(cString: strerror(cause.code.rawValue))
        case let cause as NSError where cause.domain == NSPOSIXErrorDomain:
            return String(cString: strerror(Int32(cause.code)))
        default: return error.localizedDescription
        }
    }
}
