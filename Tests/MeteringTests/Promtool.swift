import Foundation
import Testing

/// Prometheus' own reader and critic of the text format, as a witness that shares no code with our writer.
enum Promtool {
    static let isInstalled = path != nil
    static let reason: Comment = "promtool is not installed; Debian has it in the package prometheus"

    private static let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/promtool" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// What `promtool check metrics` says of the text: syntax and naming. Empty where it finds no fault.
    static func complaints(of text: String) throws -> String {
        let promtool = Process()
        promtool.executableURL = URL(fileURLWithPath: try #require(path))
        promtool.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        promtool.standardInput = input
        promtool.standardOutput = output
        promtool.standardError = output
        try promtool.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        promtool.waitUntilExit()
        let complaint = String(decoding: said, as: UTF8.self)
        guard promtool.terminationStatus != 0, complaint.isEmpty else { return complaint }
        return "exit code \(promtool.terminationStatus)"
    }
}
