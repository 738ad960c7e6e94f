import Gateway
import HTTPTypes
import Hummingbird
import Receipts

/// All that the control plane can be asked, in one list: the router and the document are both made of it.
struct OperationTable: Sendable {
    let operations: [Operation]

    init(_ gateway: Gateway, _ receipts: ReceiptStore) {
        var operations = GeneralOperations(gateway: gateway).all
        operations += TenantOperations(gateway: gateway).all
        operations += BudgetOperations(gateway: gateway).all
        operations += KeyOperations(gateway: gateway).all
        operations += SettlingOperations(gateway: gateway).all
        operations += BreakerOperations(gateway: gateway).all
        operations += ReceiptOperations(receipts: receipts, gateway: gateway).all
        operations += EventOperations(gateway: gateway, receipts: receipts).all
        operations += BooksOperations(gateway: gateway, receipts: receipts).all
        operations += ByHandOperations(gateway: gateway).all
        let document = OpenAPI(operations)
        operations.append(document.operation)
        self.operations = operations
    }

    func add(to router: Router<ControlContext>) {
        for operation in operations {
            router.on(RouterPath(operation.path), method: operation.method) { request, context in
                try await operation.answer(request, context)
            }
        }
    }

    /// The methods that a path takes; none where nothing is served at it.
    func methods(at path: String) -> [String] {
        operations.filter { OperationTable.matches(path, $0.path) }.map(\.method.rawValue)
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        let parts = path.split(separator: "/")
        let wanted = pattern.split(separator: "/")
        return parts.count == wanted.count && zip(parts, wanted).allSatisfy { $1.hasPrefix("{") || $0 == $1 }
    }
}
