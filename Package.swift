// swift-tools-version: 6.2
import PackageDescription

/// What the whole project is held to: Swift 6 with the upcoming features, and no warning left standing.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func core(_ name: String) -> Target.Dependency { .product(name: name, package: "Core") }
func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "bursar",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(path: "Core"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // 1 · what makes decisions durable
        .target(
            name: "Ledger",
            dependencies: [
                core("ExactMoney"), core("Budgeting"), logging, crypto,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        // What the log tells of each call, and sums over it, in a file of its own.
        .target(
            name: "Receipts",
            dependencies: [
                core("ExactMoney"), core("Budgeting"), "Ledger", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        // 2 · OpenRouter's side: its JSON, its streams, its connections
        .target(
            name: "Upstream",
            dependencies: [
                core("ExactMoney"), core("Pricing"), logging,
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOTLS"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        // The models we know without asking: facts, with source and date.
        .target(name: "BundledCatalogue", swiftSettings: strict),
        // What the process counts of itself, in Prometheus' text.
        .target(name: "Metering", dependencies: [core("ExactMoney"), coreMetrics], swiftSettings: strict),
        // A simulated OpenRouter. It shares no parser with the gateway, so that the two cannot be wrong together.
        .target(
            name: "Sandbox",
            dependencies: [
                core("ExactMoney"), "BundledCatalogue", logging, hummingbird, hummingbirdCore,
                httpTypes,
                nio("NIOCore"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // Receipts and messages on their way to Loki, CloudWatch, Phoenix, OTLP collectors, webhooks.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Exporting",
            dependencies: [
                core("ExactMoney"), core("Budgeting"), "Ledger", "Receipts", "CZlib", logging, crypto,
                nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        // 3 · the two planes
        .target(
            name: "Gateway",
            dependencies: [
                core("ExactMoney"), core("Pricing"), core("Budgeting"), core("Routing"),
                "Ledger", "Upstream", "Metering", logging, crypto, nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "ControlPlane",
            dependencies: [
                core("ExactMoney"), core("Pricing"), core("Budgeting"), "Ledger", "Receipts", "Exporting", "Gateway",
                "Upstream",
                "Metering", logging, crypto,
                hummingbird, hummingbirdCore, httpTypes, nio("NIOCore"), nio("NIOHTTP1"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: strict
        ),
        // The pages at `/`.
        .target(
            name: "Dashboard",
            dependencies: [
                core("ExactMoney"), core("Pricing"), core("Budgeting"), core("Routing"), "Ledger", "Gateway",
                "Receipts", "ControlPlane", crypto, logging, hummingbird, hummingbirdCore, httpTypes, nio("NIOCore"),
            ],
            swiftSettings: strict
        ),
        // 4 · settings, the command line, and the one place where everything meets
        .executableTarget(
            name: "bursar",
            dependencies: [
                core("ExactMoney"), core("Pricing"), core("Budgeting"), core("Routing"),
                "Ledger", "Receipts", "Upstream", "BundledCatalogue", "Sandbox", "Metering", "Gateway", "ControlPlane",
                "Dashboard", "Exporting",
                logging, hummingbird, hummingbirdCore, nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BursarTests",
            dependencies: [
                "bursar", "ControlPlane", "Gateway", "Ledger", core("ExactMoney"), core("Budgeting"), core("Routing"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "LedgerTests",
            dependencies: [
                "Ledger", core("ExactMoney"), core("Budgeting"), logging, .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReceiptsTests",
            dependencies: [
                "Receipts", "Ledger", core("ExactMoney"), core("Budgeting"), logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ExportingTests",
            dependencies: [
                "Exporting", "Receipts", "Ledger", core("ExactMoney"), core("Budgeting"), logging,
                nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "UpstreamTests",
            dependencies: ["Upstream", "BundledCatalogue", core("ExactMoney"), core("Pricing"), nio("NIOCore")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MeteringTests", dependencies: ["Metering", core("ExactMoney"), coreMetrics], swiftSettings: strict),
        .testTarget(
            name: "SandboxTests",
            dependencies: ["Sandbox", "BundledCatalogue", "Upstream", core("ExactMoney"), core("Pricing")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DashboardTests", dependencies: ["Dashboard", "Ledger", core("ExactMoney"), core("Budgeting")],
            swiftSettings: strict),
        .testTarget(
            name: "ControlPlaneTests",
            dependencies: [
                "ControlPlane", "Gateway", "Receipts", "Upstream", core("ExactMoney"), core("Budgeting"),
                nio("NIOHTTP1"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Ledger", "Upstream", "Metering", core("ExactMoney"), core("Pricing"), core("Budgeting"),
                core("Routing"),
                nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
            ],
            swiftSettings: strict
        ),
    ]
)
