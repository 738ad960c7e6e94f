import NIOHTTP1
import Upstream

/// What a path under the data plane's bases leads to. What is not found here is closed.
enum Route {
    /// A call that costs money.
    case priced(Endpoint)

    /// Every path that answers; priced ones first.
    static let all: [String: Route] = Dictionary(
        uniqueKeysWithValues: Endpoint.all.map { ($0.path, .priced($0)) })

    /// - Parameter path: what follows `/v1` or `/api/v1`.
    init?(_ path: Substring) {
        guard let route = Route.all[String(path)] else { return nil }
        self = route
    }

    /// The one method that the path takes.
    var method: HTTPMethod {
        switch self {
        case .priced: .POST
        }
    }
}
