import NIOHTTP1
import Upstream

/// What a path under the data plane's bases leads to. What is not found here is closed.
enum Route {
    /// A call that costs money.
    case priced(Endpoint)
    /// Answered here; nothing is sent upstream.
    case local(LocalRoute)

    /// Every path that answers, but for those that name a model.
    static let all: [String: Route] = Dictionary(
        uniqueKeysWithValues: Endpoint.all.map { ($0.path, .priced($0)) }
            + LocalRoute.all.map { ($0.path, .local($0)) })

    /// - Parameter path: what follows `/v1` or `/api/v1`.
    init?(_ path: Substring) {
        if let route = Route.all[String(path)] {
            self = route
        } else if let listing = ModelListing.route(path) {
            self = .local(listing)
        } else {
            return nil
        }
    }

    /// The one method that the path takes; where that is `GET`, `HEAD` too.
    var method: HTTPMethod {
        switch self {
        case .priced: .POST
        case .local(let route): route.method
        }
    }

    /// In whose shape the path tells refusals.
    var refusals: RefusalShape {
        switch self {
        case .priced(let endpoint): endpoint.refusals
        case .local(let route): route.refusals
        }
    }

    func takes(_ method: HTTPMethod) -> Bool { method == self.method || method == .HEAD && self.method == .GET }
}
