/// A tenant, as the ledger writes it. Its name stands in a side table, so that a name can be erased without touching the log.
public struct TenantID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: TenantID, rhs: TenantID) -> Bool { lhs.number < rhs.number }
}

/// A model, as the ledger writes it. Its name stands in a side table.
public struct ModelID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: ModelID, rhs: ModelID) -> Bool { lhs.number < rhs.number }
}

/// A virtual key. Its name stands in a side table.
public struct KeyID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: KeyID, rhs: KeyID) -> Bool { lhs.number < rhs.number }
}

/// One reservation. Numbered by the ledger that admitted it, from 1.
public struct ReservationID: Hashable, Comparable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }

    public static func < (lhs: ReservationID, rhs: ReservationID) -> Bool { lhs.number < rhs.number }
}

/// Who ran a model for OpenRouter, as the ledger writes it. Its name stands in a side table.
public struct ProviderID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: ProviderID, rhs: ProviderID) -> Bool { lhs.number < rhs.number }
}

/// A named set of tenants.
public struct GroupID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: GroupID, rhs: GroupID) -> Bool { lhs.number < rhs.number }
}

/// A person at the other end of an app. Two tenants may have users of the same name; they are not the same person. The name
/// stands in a side table, so that it can be erased.
public struct UserID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: UserID, rhs: UserID) -> Bool { lhs.number < rhs.number }
}

/// One run of an agent or a job. Its name, too, counts within its tenant only.
public struct RunID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: RunID, rhs: RunID) -> Bool { lhs.number < rhs.number }
}

/// The name that tags such as `feature=search` and `feature=chat` share.
public struct TagName: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: TagName, rhs: TagName) -> Bool { lhs.number < rhs.number }
}

/// A tag such as `feature=search`.
public struct TagID: Hashable, Comparable, Sendable {
    public let name: TagName
    /// Of name and value together.
    public let number: UInt32

    public init(_ name: TagName, _ number: UInt32) {
        self.name = name
        self.number = number
    }

    public static func < (lhs: TagID, rhs: TagID) -> Bool { (lhs.name, lhs.number) < (rhs.name, rhs.number) }
}
