import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import Routing

/// What somebody typed into the form of a key, and what is wrong with it. A form that comes back shows all of it again.
struct KeyForm: Sendable {
    struct Problem: Hashable, Sendable {
        /// The field's id.
        let field: String
        /// What it is called on the page.
        let name: String
        let message: String
    }

    var tenant = ""
    var name = ""
    var models = ""
    var tags = ""
    var actsFor = ""
    var rpm = ""
    var concurrent = ""
    var expires = ""
    var needsUser = false
    var needsRun = false
    private(set) var problems: [Problem] = []

    /// A form that nobody has filled in yet.
    init(tenant: String = "", name: String = "") {
        self.tenant = tenant
        self.name = name
    }

    /// What holds for a key now.
    init(_ key: KeyView, _ zone: ZoneRules) {
        tenant = key.tenant
        name = key.name
        models = key.key.grant.models.joined(separator: "\n")
        tags = key.tags.joined(separator: ", ")
        actsFor = key.others.joined(separator: ", ")
        rpm = key.limits.perMinute.map(String.init) ?? ""
        concurrent = key.limits.atOnce.map(String.init) ?? ""
        expires = key.expiresAt.map { $0.field(in: zone) } ?? ""
        needsUser = key.key.grant.needsUser
        needsRun = key.key.grant.needsRun
    }

    init(_ form: Form) {
        tenant = form["tenant"]
        name = form["name"]
        models = form["models"].replacing("\r\n", with: "\n")
        tags = form["tags"]
        actsFor = form["actsFor"]
        rpm = form["rpm"]
        concurrent = form["concurrent"]
        expires = form["expires"]
        needsUser = form["needsUser"] == "1"
        needsRun = form["needsRun"] == "1"
    }

    /// What is said of the key, all of it; what cannot be is added to ``problems``.
    ///
    /// - Parameter before: the form as it was shown. An end that nobody touched stays to the second.
    mutating func edit(_ zone: ZoneRules, before: KeyForm? = nil) -> KeyEdit {
        var edit = KeyEdit()
        edit.models = KeyForm.words(models)
        edit.tags = KeyForm.words(tags)
        edit.actsFor = KeyForm.words(actsFor)
        edit.needsUser = needsUser
        edit.needsRun = needsRun
        for problem in edit.problems { complain(problem.field, "\(problem.expected).") }
        edit.callsPerMinute = .init(calls(rpm, "rpm"))
        edit.callsAtOnce = .init(calls(concurrent, "concurrent"))
        if expires != before?.expires { edit.expiresAt = .init(KeyForm.instant(expires, zone)) }
        if !expires.isEmpty, KeyForm.instant(expires, zone) == nil {
            complain("expires", "“\(expires.prefix(60))” is no date and time such as 2027-01-31T18:00.")
        }
        return edit
    }

    mutating func checkNames() {
        if tenant.isEmpty {
            complain("tenant", "Say whose calls it makes, such as acme.")
        } else if let problem = KeyEdit.nameProblem(tenant) {
            complain("tenant", "\(problem).")
        }
        if !name.isEmpty, let problem = KeyEdit.nameProblem(name) { complain("name", "\(problem).") }
    }

    mutating func complain(_ field: String, _ message: String) {
        problems.append(Problem(field: field, name: KeyForm.names[field] ?? field, message: message))
    }

    private mutating func calls(_ text: String, _ field: String) -> UInt32? {
        guard !text.isEmpty else { return nil }
        guard let number = UInt32(text.filter { $0 != "," }), number <= KeyEdit.mostCalls else {
            complain(
                field,
                "“\(text.prefix(60))” is no whole number from 0 to \(Figures.count(KeyEdit.mostCalls)). Leave it empty for any number."
            )
            return nil
        }
        return number
    }

    static func instant(_ text: String, _ zone: ZoneRules) -> Instant? {
        text.isEmpty ? nil : Instant(field: text, in: zone)
    }

    /// What stands between commas, spaces and the ends of lines.
    static func words(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    static let names = [
        "tenant": "Tenant", "name": "Name", "models": "Models", "tags": "Tags on every call", "actsFor": "Acts for",
        "rpm": "Calls a minute", "concurrent": "Calls at once", "expires": "Expires", "overlap": "Overlap",
    ]
}

// MARK: - As a page has it

extension KeyForm {
    /// What is wrong, with a way to each field; nothing where nothing is.
    static func complaint(_ problems: [Problem]) -> HTML {
        guard !problems.isEmpty else { return .empty }
        let lines = problems.html { "<li><a href=\"#\($0.field)\">\($0.name)</a>: \($0.message)</li>" }
        let count = Set(problems.map(\.field)).count
        return """
            <div class="problem" role="alert"><p>Nothing was changed. \
            \(count == 1 ? "One field wants" : "\(count) fields want") another look:</p><ul>\(lines)</ul></div>
            """
    }

    var complaint: HTML { KeyForm.complaint(problems) }

    func field(_ id: String, _ control: (HTML) -> HTML, hint: HTML) -> HTML {
        KeyForm.field(id, named: KeyForm.names[id] ?? id, problems, control, hint: hint)
    }

    /// A labelled field with its hint and, where something is wrong with it, what.
    ///
    /// - Parameter control: is given the attributes that name and describe it.
    static func field(
        _ id: String, named name: String, _ problems: [Problem], _ control: (HTML) -> HTML, hint: HTML = .empty
    ) -> HTML {
        let problem = problems.first { $0.field == id }
        let isFirst = problem != nil && problems.first?.field == id
        let described = [problem.map { _ in "\(id)-problem" }, hint.text.isEmpty ? nil : "\(id)-hint"]
            .compactMap { $0 }.joined(separator: " ")
        let attributes: HTML = """
            id="\(id)" name="\(id)"\(when(!described.isEmpty, " aria-describedby=\"\(described)\""))\
            \(when(problem != nil, " aria-invalid=\"true\""))\(when(isFirst, " autofocus"))
            """
        let complaint: HTML? = problem.map { "<span class=\"mistake\" id=\"\(id)-problem\">\($0.message)</span>" }
        return """
            <div class="field"><label for="\(id)">\(name)</label>\(control(attributes))\(complaint)\
            \(when(!hint.text.isEmpty, "<span class=\"hint\" id=\"\(id)-hint\">\(hint)</span>"))</div>
            """
    }

    /// The fields that say what a key may do.
    ///
    /// - Parameter place: where the settings say how many calls it may make; those fields are then left out.
    func rules(_ zone: ZoneRules, limitsNamedBy place: String? = nil) -> HTML {
        let numbers: HTML =
            place.map {
                "<p class=\"aside\">How many calls it may make is named by <code>\($0)</code>, so it is changed there.</p>"
            } ?? "<div class=\"fields two\">\(rpmField)\(concurrentField)</div>"
        return """
            <fieldset><legend>What it may call</legend>\(modelsField)\(actsForField)</fieldset>\
            <fieldset><legend>How fast</legend>\(numbers)</fieldset>\
            <fieldset><legend>What its calls carry</legend>\(tagsField)\
            <div class="checks">\(check("needsUser", needsUser, "Refuse calls that name no user"))\
            \(check("needsRun", needsRun, "Refuse calls that name no run"))</div></fieldset>\
            <fieldset><legend>How long</legend>\(expiry(zone))</fieldset>
            """
    }

    /// Whose a new key is, and what it is called.
    var nameFields: HTML {
        let tenant = words(
            "tenant", tenant, " required", hint: "Whose calls it makes, such as <code>acme</code>. It stays.")
        let name = words("name", name, hint: "What the key is called. Empty: named after its tenant.")
        return "\(tenant)\(name)"
    }

    private var modelsField: HTML {
        field(
            "models", { "<textarea \($0) rows=\"3\" spellcheck=\"false\">\(models)</textarea>" },
            hint: """
                One a line, such as <code>openai/gpt-5-mini</code>, or <code>openai/*</code> for all that begin so. \
                Empty: all that have a price.
                """)
    }

    private var actsForField: HTML {
        words(
            "actsFor", actsFor,
            hint: "Other tenants that its calls may name, with commas; <code>*</code> for all. Empty: its own only.")
    }

    private var tagsField: HTML {
        words(
            "tags", tags,
            hint: """
                With commas, such as <code>env=prod, feature=search</code>; at most eight. Reports add up by them.
                """)
    }

    private var rpmField: HTML { number("rpm", rpm, "In any 60 seconds. Empty: any number.") }
    private var concurrentField: HTML { number("concurrent", concurrent, "Running together. Empty: any number.") }

    private func words(_ id: String, _ value: String, _ more: HTML = .empty, hint: HTML) -> HTML {
        field(
            id, { "<input \($0) value=\"\(value)\" autocomplete=\"off\" spellcheck=\"false\"\(more)>" }, hint: hint)
    }

    func expiry(_ zone: ZoneRules, named name: String = "Expires") -> HTML {
        KeyForm.field(
            "expires", named: name, problems, { "<input \($0) type=\"datetime-local\" value=\"\(expires)\">" },
            hint: "From then on it opens nothing. A time in \(zone.name). Empty: never.")
    }

    private func number(_ id: String, _ value: String, _ hint: HTML) -> HTML {
        field(id, { "<input \($0) inputmode=\"numeric\" value=\"\(value)\" autocomplete=\"off\">" }, hint: hint)
    }

    private func check(_ id: String, _ isOn: Bool, _ label: String) -> HTML {
        """
        <div class="check"><input type="checkbox" id="\(id)" name="\(id)" value="1"\(when(isOn, " checked"))>\
        <label for="\(id)">\(label)</label></div>
        """
    }
}
