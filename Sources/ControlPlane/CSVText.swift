/// Fields of a table of text (RFC 4180).
public enum CSVText {
    /// Callers choose some of these texts. One that a spreadsheet would take for a formula is made a text by an apostrophe.
    /// https://owasp.org/www-community/attacks/CSV_Injection
    public static func field(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let plain = isFormula ? "'" + text : text
        guard plain.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return plain }
        return "\"" + plain.replacing("\"", with: "\"\"") + "\""
    }
}
