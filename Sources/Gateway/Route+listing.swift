public import NIOHTTP1

extension Gateway {
    /// Every path of the data plane that answers, after its base, with its one method: for documents.
    public static let dataPlane: [(method: HTTPMethod, path: String)] =
        (Route.all.map { ($0.value.method, $0.key) } + ModelListing.named.map { (.GET, $0) }).sorted { $0.1 < $1.1 }
}
