import HTTPTypes
import VisageCore

/// Why a request is not answered as asked; the reader sees the message.
public struct WebFailure: Error, Sendable {
    public let status: HTTPResponse.Status
    public let message: String
    var headers: HTTPFields = [:]

    public init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// What to tell of an error of our own code.
    init(_ error: VisageError) {
        switch error.code {
        case .usage, .configuration: self.init(.badRequest, error.description)
        case .notFound: self.init(.notFound, error.description)
        case .inUse: self.init(.conflict, error.description)
        case .source: self.init(.serviceUnavailable, error.description)
        default: self.init(.internalServerError, error.description)
        }
    }
}
