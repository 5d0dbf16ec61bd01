import HTTPTypes
import Hummingbird

/// What the server answers to one method on one path. Every route says who may use it, and whether people or programs read
/// the answer.
public struct Route: Sendable {
    /// Who may use it.
    public enum Access: Sendable {
        /// Whoever reaches the server.
        case everybody
        /// Who has logged in.
        case viewer
        /// Who has logged in and may change things.
        case editor
    }

    /// Who reads the answer, and thus how failures are told.
    public enum Kind: Sendable {
        /// HTML for people: who has not logged in is sent to the log-in.
        case page
        /// For programs: failures are JSON.
        case data
    }

    public typealias Handler = @Sendable (Request, WebContext) async throws -> Response

    public let method: HTTPRequest.Method
    /// Segments in braces are parameters, as in OpenAPI: `/api/v1/cameras/{name}`.
    public let path: String
    public let access: Access
    public let kind: Kind
    let handler: Handler

    public init(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, _ kind: Kind, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.kind = kind
        self.handler = handler
    }

    /// Whether a request changes anything.
    var isChange: Bool { method != .get && method != .head }
}

/// A part of the page: its routes, and its place in the navigation.
public protocol Feature: Sendable {
    var routes: [Route] { get }
    /// nil: it is not in the navigation.
    var navigation: NavigationItem? { get }
}

extension Feature {
    public var navigation: NavigationItem? { nil }
}

/// An entry of the navigation at the top.
public struct NavigationItem: Sendable {
    public let title: String
    public let path: String

    public init(_ title: String, _ path: String) {
        self.title = title
        self.path = path
    }
}
