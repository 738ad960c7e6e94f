import Gateway

/// A place in the settings: a variable and, where its value is JSON, the names that lead to a part of it.
struct Spot: Hashable, CustomStringConvertible {
    let variable: String
    private(set) var path: [String] = []

    init(_ variable: String, _ path: [String] = []) {
        self.variable = variable
        self.path = path
    }

    func at(_ name: String) -> Spot { Spot(variable, path + [name]) }

    /// `TENANT_BUDGETS of acme, daily`
    var description: String {
        ([path.first.map { "\(variable) of \($0)" } ?? variable] + path.dropFirst()).joined(separator: ", ")
    }
}

/// A setting that stops the start: which, what stands there, and what is expected.
struct SettingsProblem: Error, CustomStringConvertible {
    let spot: Spot
    /// `is 'x', expected …`
    let problem: String
    /// What is left out of the settings so that the rest can be checked. More than ``spot`` if several parts belong together.
    private(set) var leavesOut: [Spot]

    init(_ spot: Spot, _ problem: String) {
        self.spot = spot
        self.problem = problem
        leavesOut = [spot]
    }

    /// A variable that is not set and that another setting needs.
    init(missing variable: String, for what: String, leavesOut: Spot...) {
        self.init(Spot(variable), "must be set, for \(what)")
        self.leavesOut = leavesOut
    }

    /// A name that means nothing at its place.
    init(unknown part: SettingsReader.Part, among known: [String]) {
        self.init(part.spot, "is unknown. \(NearestName.hint(for: part.name, among: known))")
    }

    init(_ spot: Spot, value: String, expected: String, leavesOut: Spot? = nil) {
        self.init(spot, "is '\(value)', expected \(expected)")
        self.leavesOut = [leavesOut ?? spot]
    }

    init(_ variable: String, _ problem: String) { self.init(Spot(variable), problem) }

    init(_ variable: String, value: String, expected: String) {
        self.init(Spot(variable), value: value, expected: expected)
    }

    var description: String { "\(spot)\(spot.path.count > 1 ? "," : "") \(problem)" }
}
