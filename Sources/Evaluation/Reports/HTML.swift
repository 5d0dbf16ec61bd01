import Foundation

/// The parts of a report: one self-contained page. All text from outside goes through `escaped`.
enum HTML {
    static func escaped(_ text: String) -> String {
        // Unicode scalars are compared: a quote with a combining accent is a different Character, but still ends an
        // attribute.
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// - Parameter sections: heading and content, as HTML.
    static func page(title: String, sections: [(heading: String, body: String)]) -> String {
        let body = sections.map { "<section><h2>\(escaped($0.heading))</h2>\n\($0.body)\n</section>" }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escaped(title))</title>
            <style>\(style)</style></head>
            <body><h1>\(escaped(title))</h1>
            \(body.joined(separator: "\n"))
            </body></html>

            """
    }

    /// The first row is the heading.
    static func table(_ rows: [[String]], classes: String = "") -> String {
        let lines = rows.enumerated().map { index, row in
            let tag = index == 0 ? "th" : "td"
            return "<tr>" + row.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table class=\"\(classes)\">\n\(lines.joined(separator: "\n"))\n</table></div>"
    }

    static func paragraph(_ text: String) -> String { "<p>\(escaped(text))</p>" }

    private static let style = """
        :root { color-scheme: light dark; --ink: #222; --paper: #fff; --soft: #8888; --good: #2a7; --bad: #d43; --line: #36c }
        @media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #181818; --line: #7af } }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em;
          color: var(--ink); background: var(--paper) }
        h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
        table { border-collapse: collapse } th, td { padding: .2em .7em; border-bottom: 1px solid var(--soft);
          text-align: right } th:first-child, td:first-child { text-align: left }
        .wide { overflow-x: auto } .charts { display: flex; flex-wrap: wrap; gap: 2em }
        figure { margin: 0 } figcaption { max-width: 34em }
        svg { font: 11px system-ui, sans-serif; fill: var(--ink) }
        .faces { display: flex; flex-wrap: wrap; gap: .8em } .face { width: 112px; font-size: 12px;
          overflow-wrap: anywhere; border-top: 3px solid var(--good) } .face.bad { border-color: var(--bad) }
        .face img { width: 112px; height: 112px; object-fit: cover; display: block }
        """
}
