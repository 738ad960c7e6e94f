// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// The deciding code. No dependency, no Foundation, no clock, no socket, no chance of its own.
let package = Package(
    name: "Core",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "ExactMoney", targets: ["ExactMoney"]),
        .library(name: "Pricing", targets: ["Pricing"]),
        .library(name: "Budgeting", targets: ["Budgeting"]),
        .library(name: "Routing", targets: ["Routing"]),
        .library(name: "Simulation", targets: ["Simulation"]),
    ],
    targets: [
        .target(name: "ExactMoney", swiftSettings: strict),
        .target(name: "Pricing", dependencies: ["ExactMoney"], swiftSettings: strict),
        .target(name: "Budgeting", dependencies: ["ExactMoney"], swiftSettings: strict),
        .target(name: "Routing", dependencies: ["ExactMoney", "Pricing", "Budgeting"], swiftSettings: strict),
        .target(name: "Simulation", dependencies: ["ExactMoney", "Budgeting", "Routing"], swiftSettings: strict),
        .testTarget(name: "ExactMoneyTests", dependencies: ["ExactMoney", "Simulation"], swiftSettings: strict),
        .testTarget(
            name: "PricingTests", dependencies: ["ExactMoney", "Pricing", "Simulation"], swiftSettings: strict),
        .testTarget(
            name: "BudgetingTests", dependencies: ["ExactMoney", "Budgeting", "Simulation"], swiftSettings: strict),
        .testTarget(
            name: "RoutingTests", dependencies: ["ExactMoney", "Pricing", "Budgeting", "Routing"], swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests", dependencies: ["ExactMoney", "Budgeting", "Simulation"], swiftSettings: strict),
    ]
)
