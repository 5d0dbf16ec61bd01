import HTTPTypes
import Hummingbird

/// What every answer says to browsers: load nothing from elsewhere, be in no frame, keep no copy, guess no type.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = WebContext

    let pages: Pages

    /// Blobs are the cameras' frames, which the live page reads from one stream.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; \
        connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
        manifest-src 'self'
        """

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError {
            // No such path, or not this method.
            let failure = WebFailure(error.status, "There is nothing under this address.")
            let isForPeople = request.headers[.accept]?.contains("text/html") == true
            response = isForPeople ? pages.failure(failure, context) : .json(failure)
        }
        Self.add(to: &response)
        return response
    }

    static func add(to response: inout Response) {
        response.headers[.contentSecurityPolicy] = policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.constant("X-Frame-Options")] = "DENY"
        response.headers[.constant("Referrer-Policy")] = "same-origin"
        response.headers[.constant("Cross-Origin-Opener-Policy")] = "same-origin"
        response.headers[.constant("Cross-Origin-Resource-Policy")] = "same-origin"
        response.headers[.constant("Permissions-Policy")] = "camera=(), microphone=(), geolocation=()"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    }
}
