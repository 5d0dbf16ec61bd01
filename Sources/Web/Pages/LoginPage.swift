import Foundation
import Hummingbird

/// Logging in and out.
package struct LoginPage: Feature {
    let pages: Pages
    let authentication: Authentication

    package var routes: [Route] {
        [
            Route(.get, "/login", .everybody, .page) { request, context in
                let next = Self.target(FormFields.parse(request.uri.query ?? "")["next"])
                guard context.session == nil else { return .redirect(next) }
                return form(next, nil, context)
            },
            Route(.post, "/login", .everybody, .page) { _, context in
                let next = Self.target(context.form["next"])
                let user = context.form["user"] ?? ""
                do {
                    let cookie = try await authentication.logIn(user, context.form["password"] ?? "", context)
                    guard let cookie else { return form(next, "Wrong user name or password.", user: user, context) }
                    var response = Response.redirect(next)
                    response.setCookie(cookie)
                    return response
                } catch let failure as WebFailure {
                    var response = form(next, failure.message, user: user, status: failure.status, context)
                    for field in failure.headers { response.headers.append(field) }
                    return response
                }
            },
            Route(.post, "/logout", .viewer, .page) { request, context in
                var response = Response.redirect("/login")
                response.setCookie(authentication.logOut(request, context))
                return response
            },
        ]
    }

    private func form(
        _ next: String, _ problem: String?, user: String = "", status: HTTPResponse.Status? = nil, _ context: WebContext
    ) -> Response {
        var content: [String: Any] = ["next": next, "user": user]
        if let problem { content["problem"] = problem }
        return pages.page(
            "login", title: "Log in", content, status: status ?? (problem == nil ? .ok : .unauthorized), context)
    }

    /// A path of ours: nobody may be led elsewhere by a link to the log-in.
    package static func target(_ next: String?) -> String {
        guard let next, next.hasPrefix("/"), !next.hasPrefix("//"), !next.contains("\\"), next.utf8.count < 2000,
            next.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return "/" }
        return next
    }
}
