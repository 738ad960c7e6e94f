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

/// Who uses a tenant's application, as the ledger writes it. Its name stands in a side table, so that it can be erased.
public struct UserID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: UserID, rhs: UserID) -> Bool { lhs.number < rhs.number }
}

/// Who ran a model for OpenRouter, as the ledger writes it. Its name stands in a side table.
public struct ProviderID: Hashable, Comparable, Sendable {
    public let number: UInt32

    public init(_ number: UInt32) {
        self.number = number
    }

    public static func < (lhs: ProviderID, rhs: ProviderID) -> Bool { lhs.number < rhs.number }
}
