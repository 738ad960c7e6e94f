import ControlPlane
import Foundation
import HTTPTypes
import Hummingbird

/// The fields of a form that came in.
struct Form: Sendable {
    private let values: [String: String]

    static let bodyLimit = 16 << 10

    /// `a=1&b=x+y`; of a name that comes twice the first counts.
    static func values(of text: String) -> [String: String] {
        let pairs = text.split(separator: "&").compactMap { pair -> (String, String)? in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding
            }
            guard let name = parts.first ?? nil else { return nil }
            return (name, (parts.count > 1 ? parts[1] : "") ?? "")
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// - Throws: ``PageProblem`` for a body that is no form of a page.
    init(_ request: Request, upTo limit: Int = Form.bodyLimit) async throws {
        guard request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true else {
            throw PageProblem(.unsupportedMediaType, "A form was expected.")
        }
        guard let body = try? await request.body.collect(upTo: limit) else {
            throw PageProblem(.contentTooLarge, "The form is too large.")
        }
        values = Form.values(of: String(buffer: body))
    }

    subscript(_ name: String) -> String { values[name]?.trimmingCharacters(in: .whitespaces) ?? "" }
}

extension Dashboard {
    /// A change that somebody asks for by a form: only an admin's, and only from a page of ours.
    func change(
        _ request: Request, _ context: ControlContext, upTo limit: Int = Form.bodyLimit
    ) async throws -> Form {
        guard let session = context.identity?.session, session.role == .admin else {
            throw PageProblem(.forbidden, "Only an admin can change this. Sign in with the admin's token.")
        }
        let form = try await Form(request, upTo: limit)
        guard request.isOfThisSite, access.isFormToken(form["form"], of: session) else {
            throw PageProblem(.forbidden, "The form is not of this session any more. Load its page again.")
        }
        return form
    }
}

extension Request {
    /// What browsers say of where a form stood, if they say it. The form's token is the proof; this is a second lock.
    var isOfThisSite: Bool {
        if let site = HTTPField.Name("sec-fetch-site").flatMap({ headers[$0] }), site != "same-origin", site != "none" {
            return false
        }
        guard let origin = headers[.origin] else { return true }
        let authority = origin.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init)
        return authority?.lowercased() == head.authority?.lowercased()
    }
}
