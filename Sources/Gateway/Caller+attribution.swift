import Ledger
import NIOHTTP1

/// Whom a call is for: tenant, user, run and tags.
extension Caller {
    /// A user or run is named in so many bytes of UTF-8.
    private static let longestName = 256
    static let mostTags = 8

    /// What the headers say.
    static func attribution(_ headers: HTTPHeaders) throws(Refusal) -> Attribution {
        Attribution(
            tenant: try tenant(headers["x-tenant-id"]), user: try name(headers, "X-Bursar-User"),
            run: try name(headers, "X-Bursar-Run"), tags: try tags(headers["x-bursar-tags"]))
    }

    /// Takes from the body what the headers left open. What is said there is for the provider first, so it is never refused here;
    /// a name that is too long for us goes by its beginning.
    mutating func complete(user: String?, run: String?) {
        attribution.user = attribution.user ?? user.flatMap(Caller.shortened)
        attribution.run = attribution.run ?? run.flatMap(Caller.shortened)
    }

    private static func shortened(_ name: String) -> String? {
        guard !name.isEmpty else { return nil }
        guard name.utf8.count > longestName else { return name }
        var short = ""
        var count = 0
        for scalar in name.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= longestName else { break }
            short.unicodeScalars.append(scalar)
        }
        return short
    }

    private static func tenant(_ values: [String]) throws(Refusal) -> String {
        guard let name = values.first else { return "default" }
        guard values.count == 1 else {
            throw .invalid("invalid_tenant", param: "X-Tenant-Id", "X-Tenant-Id was sent twice. Send it once.")
        }
        guard isTenant(name) else {
            throw .invalid(
                "invalid_tenant", param: "X-Tenant-Id",
                "X-Tenant-Id must be 1 to 128 of the characters A-Z a-z 0-9 . _ : @ - and begin with a letter or digit."
            )
        }
        return name
    }

    private static func name(_ headers: HTTPHeaders, _ header: String) throws(Refusal) -> String? {
        let values = headers[header]
        guard let name = values.first else { return nil }
        let isFine =
            values.count == 1 && !name.isEmpty && name.utf8.count <= longestName
            && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard isFine else {
            throw .invalid(
                "invalid_field", param: header, "\(header) must be sent once, with 1 to \(longestName) bytes of text.")
        }
        return name
    }

    /// `feature=search,env=prod`: at most eight, each a name and a value of up to 64 plain characters, no name twice.
    private static func tags(_ values: [String]) throws(Refusal) -> [Attribution.Tag] {
        let parts = values.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let tags = parts.compactMap(tag)
        guard tags.count == parts.count, tags.count <= mostTags, Set(tags.map(\.name)).count == tags.count else {
            throw .invalid(
                "invalid_tags", param: "X-Bursar-Tags",
                "X-Bursar-Tags must be up to \(mostTags) of name=value, separated by commas, each name once.")
        }
        return tags
    }

    private static func tag(_ text: Substring) -> Attribution.Tag? {
        let parts = text.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ isName($0.utf8, most: 64) }) else { return nil }
        return Attribution.Tag(name: String(parts[0]), value: String(parts[1]))
    }
}

/// `[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}`
public func isTenant(_ name: String) -> Bool { isName(name.utf8, most: 128) }

private func isName(_ bytes: some Collection<UInt8>, most: Int) -> Bool {
    guard let first = bytes.first, bytes.count <= most, isAlphanumeric(first) else { return false }
    return bytes.allSatisfy { isAlphanumeric($0) || "._:@-".utf8.contains($0) }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
