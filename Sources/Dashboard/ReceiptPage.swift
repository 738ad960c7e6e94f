import Budgeting
import ControlPlane
import ExactMoney
import Gateway
import HTTPTypes
import Ledger
import Receipts

/// One call, whole.
extension Dashboard {
    func receiptPage(_ id: String) throws -> Page {
        guard let receipt = try receipts.receipt(request: id) else {
            throw PageProblem(.notFound, "There is no receipt of that number. A call has one when it has ended.")
        }
        let (now, zone) = gateway.ledger.read { _, _, policy, now in (now, policy.zone) }
        return Page(
            place: .receipts, title: receipt.requestID,
            head: """
                <p class="crumbs"><a href="/receipts">Receipts</a></p>
                <div class="title"><h1>\(receipt.requestID)</h1>\(receipt.statusPill)\(receipt.movedPill)</div>
                <p class="lead">\(Pieces.tenantLink(receipt.tenant)), \(receipt.admittedAt.nearby(now, in: zone)), \(receipt.served)</p>
                \(figures(receipt))
                <div class="pair"><section class="card" aria-labelledby="who"><header><h2 id="who">Who and what</h2></header>\
                \(who(receipt))</section>
                <section class="card" aria-labelledby="how"><header><h2 id="how">How it was booked</h2></header>\(booked(receipt))\
                </section></div>
                \(attempts(receipt))
                """)
    }

    private func figures(_ receipt: Receipt) -> HTML {
        let firstByte: HTML =
            receipt.firstByteMicroseconds.map { "first byte after \(Figures.duration(microseconds: $0))" } ?? ""
        let cost = receipt.cost.map { Figures.money($0) } ?? "unknown"
        return """
            <dl class="figures">\
            \(Pieces.figure("Cost", cost, note: receipt.evidence.map { "\($0.sentence)" } ?? ""))\
            \(Pieces.figure("Reserved", Figures.money(receipt.reserved), note: "the most it could cost"))\
            \(Pieces.figure("Tokens in", Figures.short(receipt.inputTokens), note: ""))\
            \(Pieces.figure("Tokens out", Figures.short(receipt.outputTokens), note: ""))\
            \(Pieces.figure("Took", Figures.duration(microseconds: receipt.totalMicroseconds), note: firstByte))</dl>
            """
    }

    private func who(_ receipt: Receipt) -> HTML {
        let key: HTML? = receipt.key.map { "<a class=\"break\" href=\"/keys/\($0.queryEncoded)\">\($0)</a>" }
        return facts(
            [
                ("Tenant", receipt.tenant), ("User", receipt.user), ("Run", receipt.run),
                ("Tags", receipt.tags.joined(separator: ", ")), ("Asked for", receipt.asked),
                ("Served by", receipt.served),
                ("Provider", receipt.provider),
                ("Endpoint", "\(receipt.endpoint)\(receipt.isStream ? ", streamed" : "")"),
                ("Generation", receipt.generation), ("Ended with", receipt.finishReason),
                ("Status", receipt.httpStatus.map { "\($0)" }),
            ], key.map { ("Key", $0) })
    }

    private func booked(_ receipt: Receipt) -> HTML {
        facts([
            ("State before", receipt.stateBefore.name), ("State after", receipt.stateAfter.name),
            ("Input cost", receipt.promptCost.map { Figures.money($0) }),
            ("Output cost", receipt.completionCost.map { Figures.money($0) }),
            ("Saved by downgrade", receipt.saved > .zero ? Figures.money(receipt.saved) : nil),
            ("Why it was in doubt", receipt.doubt?.sentence),
            (
                "Waited for money",
                receipt.waitedMicroseconds > 0 ? Figures.duration(microseconds: receipt.waitedMicroseconds) : nil
            ),
            ("Exact cost", receipt.cost.map { "\($0) USD" }),
        ])
    }

    /// - Parameter link: a fact that leads on.
    private func facts(_ pairs: [(String, String?)], _ link: (String, HTML)? = nil) -> HTML {
        let texts = pairs.compactMap { pair in pair.1.flatMap { $0.isEmpty ? nil : (pair.0, "\($0)" as HTML) } }
        let known = texts.prefix(1) + [link].compactMap { $0 } + texts.dropFirst()
        return "<dl class=\"facts\">\(known.html { "<dt>\($0.0)</dt><dd class=\"break\">\($0.1)</dd>" })</dl>"
    }

    private func attempts(_ receipt: Receipt) -> HTML {
        guard receipt.attempts.count > 1 else { return .empty }
        let rows = receipt.attempts.enumerated().html { index, attempt in
            """
            <tr><th scope="row">\(index + 1)</th><td>\(attempt.model)</td><td>\(attempt.why.isEmpty ? "served" : attempt.why)</td>\
            <td class="n">\(attempt.status.map { "\($0)" } ?? "–")</td><td class="n">\
            \(Figures.duration(microseconds: attempt.tookMicroseconds))</td></tr>
            """
        }
        return """
            <section class="card" aria-labelledby="attempts"><header><h2 id="attempts">Attempts</h2></header><div class="scroll" \
            tabindex="0" role="region" aria-label="Attempts">\
            <table><thead><tr><th scope="col">#</th><th scope="col">Model</th><th scope="col">How it went</th><th scope="col" class="n">\
            Status</th><th scope="col" class="n">Took</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div></section>
            """
    }
}

extension Entry.Evidence {
    /// For a person.
    var sentence: String {
        switch self {
        case .provider: "the provider’s own amount"
        case .rates: "the provider’s tokens at our rates"
        case .generation: "the provider’s record, asked for later"
        case .assumed: "its ceiling: nothing told it for an hour"
        case .operatorsWord: "an operator’s word"
        }
    }
}
