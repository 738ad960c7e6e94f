import ArgumentParser
import Foundation
import Upstream

/// `bursar completion`: what a shell needs to complete commands, options and words.
struct Completion: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a shell's completion script; on a terminal, says where to put it.",
        discussion: "The same as --generate-completion-script.")

    @Argument(help: "bash, zsh or fish; left out, that of $SHELL.", completion: .list(["bash", "zsh", "fish"]))
    var shell: String?

    @OptionGroup var asking: Asking

    func validate() throws { _ = try chosen() }

    func run() throws {
        let shell = try chosen()
        let script = Bursar.completionScript(for: shell)
        if asking.json {
            StandardOutput.say(
                "{\"shell\":\(JSONText.quoted(shell.rawValue)),\"script\":\(JSONText.quoted(script))}")
        } else if StandardOutput.isTerminal {
            StandardOutput.say(Completion.hint(shell))
        } else {
            StandardOutput.say(script)
        }
    }

    private func chosen() throws -> CompletionShell {
        let name = shell ?? ProcessInfo.processInfo.environment["SHELL"]?.split(separator: "/").last.map(String.init)
        guard let name, let known = CompletionShell(rawValue: name) else {
            throw ValidationError("name the shell: bash, zsh or fish")
        }
        return known
    }

    private static func hint(_ shell: CompletionShell) -> String {
        switch shell {
        case .zsh:
            "bursar completion zsh > ~/.zfunc/_bursar\nand in ~/.zshrc: fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit"
        case .fish: "bursar completion fish > ~/.config/fish/completions/bursar.fish"
        default: "bursar completion bash > ~/.local/share/bash-completion/completions/bursar"
        }
    }
}
