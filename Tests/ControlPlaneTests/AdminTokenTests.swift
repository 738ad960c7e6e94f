import Foundation
import Testing

@testable import ControlPlane

@Suite struct AdminTokenTests {
    private let path = NSTemporaryDirectory() + "bursar-token-\(UUID().uuidString)"

    @Test func isMadeOnceForItsOwnerAlone() throws {
        defer { unlink(path) }
        let token = try AdminToken.load(path: path)
        #expect(token.count == 64)
        #expect(try AdminToken.load(path: path) == token)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }

    @Test func isRefusedWhereOthersMayReadIt() throws {
        defer { unlink(path) }
        _ = try AdminToken.load(path: path)
        chmod(path, 0o640)
        #expect(throws: AdminToken.Problem.self) { try AdminToken.load(path: path) }
    }

    @Test(arguments: ["", "short\n"])
    func isRefusedWhereItIsNoToken(content: String) throws {
        defer { unlink(path) }
        #expect(FileManager.default.createFile(atPath: path, contents: Data(content.utf8)))
        chmod(path, 0o600)
        #expect(throws: AdminToken.Problem.self) { try AdminToken.load(path: path) }
    }

    @Test func isNotWrittenThroughALink() throws {
        let target = path + "-target"
        symlink(target, path)
        defer { unlink(path) }
        #expect(throws: AdminToken.Problem.self) { try AdminToken.load(path: path) }
        #expect(!FileManager.default.fileExists(atPath: target))
    }
}
