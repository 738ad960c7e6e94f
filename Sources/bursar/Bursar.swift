import ArgumentParser

/// The command line (contract §5). Exits 0 on success, 64 on bad usage, 1 otherwise.
@main
struct Bursar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bursar",
        abstract: "Holds LLM spend to budgets: a proxy in front of OpenRouter that reserves before it calls.",
        subcommands: [
            Serve.self, UsageCommand.self, ReportCommand.self, ReplayCommand.self, QuoteCommand.self, Budget.self,
            Key.self, Prices.self,
            Config.self, Verify.self, Reconcile.self, Correct.self, Forget.self, LedgerCommand.self, Completion.self,
            RunSandbox.self,
        ])
}
