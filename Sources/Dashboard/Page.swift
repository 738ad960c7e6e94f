import Budgeting
import ControlPlane
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore

/// The pages of the menu, in its order.
enum Place: String, CaseIterable, Sendable {
    case overview = "/"
    case tenants = "/tenants"
    case keys = "/keys"
    case models = "/models"
    case receipts = "/receipts"
    case prices = "/prices"
    case health = "/health"

    var name: String {
        switch self {
        case .overview: "Overview"
        case .tenants: "Tenants"
        case .keys: "Keys"
        case .models: "Models"
        case .receipts: "Receipts"
        case .prices: "Prices"
        case .health: "Health"
        }
    }
}

/// A part of a page that the server sends anew when it has changed.
struct Part: Sendable {
    let id: String
    let html: HTML

    /// The ledger's head, short, whole where somebody points at it.
    static func head(_ head: LedgerHead) -> Part {
        let short = "\(head.batch):\(head.digest.description.prefix(8))…"
        return Part(
            id: "head", html: "The ledger’s head: <span class=\"mono\" title=\"\(head.description)\">\(short)</span>")
    }
}

/// A page before its frame is around it.
struct Page: Sendable {
    var place: Place?
    var title: String
    /// Stands before the parts and does not change.
    var head = HTML.empty
    var parts: [Part] = []
    /// Stands after the parts and does not change: forms.
    var tail = HTML.empty
    /// What its live view is asked with; nil for a page that stands still.
    var live: String?
    var status = HTTPResponse.Status.ok

    /// Everything between the top and the foot.
    var body: HTML { "\(head)\(parts.html { "<div id=\"\($0.id)\">\($0.html)</div>\n" })\(tail)" }
}

/// What surrounds every page: what it is, who looks at it, and what everybody must know.
struct Frame {
    let page: Page
    let identity: Access.Identity?
    /// Bound to the session; for the button that ends it.
    let formToken: String?
    let isSandbox: Bool
    let observes: Bool
    let trouble: String?
    let asOf: String
    let head: LedgerHead

    var html: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(page.title) · Bursar</title>
        <link rel="icon" type="image/svg+xml" href="\(Asset.icon.path)">
        <link rel="stylesheet" href="\(Asset.style.path)">
        <script src="\(Asset.script.path)" defer></script>
        </head>
        <body\(page.live.map { " data-live=\"/live?of=\($0.queryEncoded)\"" } ?? HTML.empty)>
        <a class="skip" href="#main">Skip to the page</a>
        <header class="top"><div>
        <a class="brand" href="/"><img src="\(Asset.icon.path)" alt="" width="24" height="24">Bursar</a>
        <nav aria-label="Pages"><ul>\(Place.allCases.html(link))</ul></nav>
        <div class="who">\(who)</div>
        </div></header>
        \(strips)
        <main id="main" tabindex="-1">
        \(page.body)
        </main>
        <footer class="foot"><span>\(asOf)</span>\
        \(when(page.place != nil, "<span id=\"\(Part.head(head).id)\">\(Part.head(head).html)</span>"))\
        \(when(page.live != nil, "<span id=\"live\" data-state=\"still\">as it was when loaded</span>"))</footer>
        </body>
        </html>
        """
    }

    private func link(_ place: Place) -> HTML {
        "<li><a href=\"\(place.rawValue)\"\(when(place == page.place, " aria-current=\"page\""))>\(place.name)</a></li>"
    }

    private var who: HTML {
        guard let identity, let formToken else {
            return page.place == nil ? "" : "<a href=\"/login\">Sign in</a>"
        }
        return """
            <span>\(identity.role.name)</span>
            <form method="post" action="/logout"><input type="hidden" name="form" value="\(formToken)">\
            <button class="quiet">Sign out</button></form>
            """
    }

    private var strips: HTML {
        let trouble: HTML? = trouble.map { "<div class=\"strip bad\" role=\"alert\"><p>\($0)</p></div>" }
        let sandbox: HTML =
            isSandbox
            ? """
            <div class="strip"><p>Sandbox: the models are simulated, and no money is spent.</p></div>
            """ : ""
        let observe: HTML =
            observes
            ? """
            <div class="strip"><p>Observe mode: nothing is refused; caps are only watched.</p></div>
            """ : ""
        return "\(trouble)\(sandbox)\(observe)"
    }
}

extension Response {
    /// A page under the strictest rules that it can live with: nothing from elsewhere, no script or style of its own text.
    init(page html: HTML, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff", .contentSecurityPolicy: Response.policy,
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: html.text)))
        // Not `no-referrer`: forms would then be sent with `Origin: null`, which the door takes for a foreign page.
        for (name, value) in [
            ("referrer-policy", "same-origin"), ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
    }

    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'
        """
}
