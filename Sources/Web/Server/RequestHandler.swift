import Foundation
import HTTPTypes
import Hummingbird
import Logging
import VisageCore
import WebUsers

/// The way of every request to its route: who asks, may they, do they mean it; then the answer, or why there is none.
struct RequestHandler: Sendable {
    let authentication: Authentication
    let guardian: OriginGuard
    let pages: Pages
    let timeout: Duration
    let logger: Logger

    func respond(_ route: Route, _ request: Request, _ context: WebContext) async -> Response {
        var context = context
        do {
            (context.client, context.isSecure) = guardian.client(of: request, context.peer)
            try guardian.check(request, hasPasswords: authentication.hasPasswords)
            context.session = try await authentication.session(of: request, context)
            try check(route, context)
            var request = request
            if route.isChange { try await checkIntent(&request, &context) }
            let response = try await route.handler(request, context)
            audit(route, context, response.status)
            return response
        } catch {
            let response = answer(to: error, route, request, context)
            audit(route, context, response.status)
            return response
        }
    }

    /// A line for each change, and for each that was refused: who did what, but not to whom, because names are not logged.
    private func audit(_ route: Route, _ context: WebContext, _ status: HTTPResponse.Status) {
        guard route.isChange, route.access != .everybody else { return }
        let who = TerminalText.escaped("\(context.session?.user ?? "nobody") at \(context.client)")
        logger.notice("\(who): \(route.method) \(route.path): \(status.code)")
    }

    private func check(_ route: Route, _ context: WebContext) throws {
        if route.access == .everybody { return }
        guard let session = context.session else {
            throw WebFailure(.unauthorized, "Log in first.")
        }
        guard route.access == .viewer || session.role == .editor else {
            throw WebFailure(.forbidden, "You are logged in as a viewer; an editor may do this.")
        }
    }

    /// A change has to come from a page of ours: it brings the session's token, in a header or in the form.
    private func checkIntent(_ request: inout Request, _ context: inout WebContext) async throws {
        if request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true {
            let body = try await collect(&request, upTo: context.maxUploadSize)
            context.form = FormFields.parse(String(buffer: body))
        }
        guard let session = context.session, session.needsToken else { return }
        let token = request.headers[CSRF.header] ?? context.form[CSRF.field] ?? ""
        guard session.accepts(token: token) else {
            throw WebFailure(.forbidden, "This page is out of date. Load it again and repeat what you did.")
        }
    }

    /// Reads a body within the time for requests: who sends a byte now and then must not keep anything busy.
    private func collect(_ request: inout Request, upTo limit: Int) async throws -> ByteBuffer {
        let body = try await BodyReader.collect(request.body, upTo: limit, within: timeout)
        request.body = RequestBody(buffer: body)
        return body
    }

    private func answer(to error: any Error, _ route: Route, _ request: Request, _ context: WebContext) -> Response {
        let failure: WebFailure
        switch error {
        case let error as WebFailure: failure = error
        case let error as VisageError: failure = WebFailure(error)
        case let error as HTTPError: failure = WebFailure(error.status, error.body ?? error.status.reasonPhrase)
        case let error as any HTTPResponseError: failure = WebFailure(error.status, error.status.reasonPhrase)
        default:
            logger.error("\(route.method) \(route.path) failed: \(TerminalText.escaped("\(error)"))")
            failure = WebFailure(.internalServerError, "Something went wrong here; the service's log says what.")
        }
        var response: Response
        if route.kind == .page, failure.status == .unauthorized {
            let target = request.method == .get ? FormFields.encode(request.uri.string) : "%2F"
            response = .redirect("/login?next=\(target)")
        } else if route.kind == .page {
            response = pages.failure(failure, context)
        } else {
            response = .json(failure)
        }
        for field in failure.headers { response.headers.append(field) }
        return response
    }
}

extension Response {
    /// After a form, or to another page.
    static func redirect(_ target: String) -> Response {
        Response(status: .seeOther, headers: [.location: target, .cacheControl: "no-store"])
    }

    /// `{"error": {"message": ...}}`.
    static func json(_ failure: WebFailure) -> Response {
        struct Body: Encodable {
            struct Failure: Encodable { let message: String }
            let error: Failure
        }
        return (try? json(Body(error: .init(message: failure.message)), status: failure.status))
            ?? Response(status: failure.status)
    }

    /// A JSON object with sorted keys.
    /// - Throws: `EncodingError` for a number that is not finite.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }
}
