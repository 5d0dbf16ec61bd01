import Foundation
import HTTPTypes
import Hummingbird
import WebUsers

/// Makes pages: a template within the layout.
public struct Pages: Sendable {
    private let templates: Templates
    private let navigation: [NavigationItem]
    private let assets: Assets

    init(_ templates: Templates, navigation: [NavigationItem], assets: Assets) {
        self.templates = templates
        self.navigation = navigation
        self.assets = assets
    }

    /// - Parameters:
    ///   - template: a template of `Templates` that fills in the layout.
    ///   - title: of the page.
    ///   - section: the path of the entry in the navigation that it belongs to.
    ///   - content: what the template names besides `page`.
    ///   - scripts: of `Assets`, such as `live.js`.
    public func page(
        _ template: String, title: String, section: String = "", _ content: [String: Any] = [:], scripts: [String] = [],
        status: HTTPResponse.Status = .ok, _ context: WebContext
    ) -> Response {
        var content = content
        let session = context.session
        var page: [String: Any] = [
            "title": title, "token": session?.token ?? "", "style": assets.path(of: "app.css"),
            "icon": assets.path(of: "icon.svg"), "isEditor": session?.role == .editor,
            "scripts": (["app.js"] + scripts).map(assets.path),
        ]
        if let session {
            page["navigation"] = navigation.map { item in
                ["title": item.title, "path": item.path, "isCurrent": item.path == section] as [String: Any]
            }
            if session.isLoggedIn { page["user"] = session.user }
        }
        content["page"] = page
        return Self.html(templates.render(template, content), status: status)
    }

    /// A part of a page, for scripts that put it into one.
    func fragment(_ template: String, _ content: [String: Any]) -> String { templates.render(template, content) }

    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Why there is no page.
    func failure(_ failure: WebFailure, _ context: WebContext) -> Response {
        page(
            "failure", title: failure.status.reasonPhrase, ["message": failure.message, "code": failure.status.code],
            status: failure.status, context)
    }
}
