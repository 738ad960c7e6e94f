/// Whom a call is for, in the caller's own words. A caller that says nothing more is its tenant and no more.
public struct Attribution: Hashable, Sendable {
    public var tenant: String
    /// What the virtual key is called, where one was shown.
    public var key: String?
    /// The person at the other end of the app.
    public var user: String?
    /// One run of an agent, a job or a conversation: calls that belong together.
    public var run: String?
    /// Each name once, in the caller's order.
    public var tags: [Tag] = []

    /// `feature=search`
    public struct Tag: Hashable, Sendable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }

        public var text: String { "\(name)=\(value)" }
    }

    public init(tenant: String, key: String? = nil, user: String? = nil, run: String? = nil, tags: [Tag] = []) {
        self.tenant = tenant
        self.key = key
        self.user = user
        self.run = run
        self.tags = tags
    }
}
