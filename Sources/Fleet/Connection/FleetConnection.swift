import CNATS
import Foundation
import Synchronization
import VisageCore

/// One encrypted connection to one broker, from the attempt to its end: once lost, it stays lost, and `FleetLine` makes the
/// next. For any thread.
///
/// Safe to share: libnats locks what its handle stands for, and the handle does not change.
package final class FleetConnection: @unchecked Sendable {
    private static let connectTimeout: Int64 = 4000
    /// A broker that does not answer for three of these is gone.
    private static let pingInterval: Int64 = 5000
    private static let closeTimeout = DispatchTimeInterval.seconds(10)

    let handle: OpaquePointer
    package let server: FleetServer
    let identity: FleetIdentity
    private let number: Int
    private let signer: Int
    private let health: Health
    private static let inboxes = Atomic<Int>(0)

    /// What callbacks have said.
    private final class Health: Sendable {
        let isClosed = Atomic<Bool>(false)
        let problem = Mutex<String?>(nil)
    }

    /// Connects; blocks for some seconds at most, and while the name is looked up.
    /// - Throws: `VisageError`: configuration for what cannot be used, source if there is no connection.
    package init(to server: FleetServer, as identity: FleetIdentity, account: FleetAccount) throws {
        self.server = server
        self.identity = identity
        let key = try identity.key(for: account)
        let (health, signer) = (Health(), Signers.add(key))
        let number = Callbacks.add { call in
            switch call {
            case .closed: health.isClosed.store(true, ordering: .releasing)
            case .failed(let problem): health.problem.withLock { $0 = problem }
            case .message: break
            }
        }
        do {
            handle = try Self.connect(server, identity, key.publicKey, number: number, signer: signer)
        } catch {
            Callbacks.remove(number)
            Signers.remove(signer)
            throw error
        }
        (self.health, self.number, self.signer) = (health, number, signer)
    }

    deinit {
        Callbacks.remove(number)
        Signers.remove(signer)
        // Safe: only the thread below uses the pointer from here on.
        nonisolated(unsafe) let handle = handle
        let isDone = SharedFlag(false)
        // libnats has been seen to hang here; then only a new process helps, which systemd starts.
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + Self.closeTimeout) {
            guard !isDone.value else { return }
            let text =
                "visage-fleet: a connection to a broker cannot be closed; exiting, so that the service is restarted\n"
            _ = write(2, text, text.utf8.count)
            _exit(1)
        }
        Thread.detachNewThread {
            natsConnection_Destroy(handle)
            isDone.value = true
        }
    }

    /// Whether messages can be sent. A broker that has just died may not have been noticed yet.
    package var isUp: Bool { !health.isClosed.load(ordering: .acquiring) }

    /// What the broker refused last, since the last call.
    package func takeProblem() -> String? {
        health.problem.withLock { problem in
            defer { problem = nil }
            return problem
        }
    }

    /// Asks the broker for a sign of life.
    /// - Throws: `VisageError` (source) if none comes.
    package func roundTrip(timeout: Duration = .seconds(2)) throws {
        try check(natsConnection_FlushTimeout(handle, Self.milliseconds(timeout)), "does not answer")
    }

    /// Sends something; whether it arrives is not known.
    package func publish(_ subject: String, _ payload: Data) throws {
        let code = payload.withUnsafeBytes {
            natsConnection_Publish(handle, subject, $0.baseAddress, Int32(clamping: $0.count))
        }
        try check(code, "takes no message")
    }

    /// Asks and waits for the answer.
    /// - Throws: `VisageError` (source) if no answer comes in time, or no subscriber exists for the subject.
    package func request(
        _ subject: String, _ payload: Data = Data(), headers: [String: String] = [:], timeout: Duration = .seconds(2)
    ) throws -> FleetMessage {
        let message = try Self.message(subject, reply: nil, headers, payload)
        defer { natsMsg_Destroy(message) }
        var reply: OpaquePointer?
        let code = natsConnection_RequestMsg(&reply, handle, message, Self.milliseconds(timeout))
        try check(code, "gives no answer on \(subject)")
        guard let reply else { throw failure(NATS_ERR, "gives no answer on \(subject)") }
        defer { natsMsg_Destroy(reply) }
        return FleetMessage(reply)
    }

    /// A subject that nobody else uses, under which answers may come.
    func newInbox() -> String {
        "\(identity.inbox).v\(getpid())-\(Self.inboxes.add(1, ordering: .relaxed).newValue)"
    }

    func send(_ subject: String, reply: String, _ headers: [String: String], _ payload: Data) throws {
        let message = try Self.message(subject, reply: reply, headers, payload)
        defer { natsMsg_Destroy(message) }
        try check(natsConnection_PublishMsg(handle, message), "takes no message")
    }

    // MARK: libnats

    static func milliseconds(_ duration: Duration) -> Int64 { max(1, Int64(duration.milliseconds.rounded(.up))) }

    private static func message(
        _ subject: String, reply: String?, _ headers: [String: String], _ payload: Data
    ) throws -> OpaquePointer {
        var message: OpaquePointer?
        let code = payload.withUnsafeBytes { bytes in
            natsMsg_Create(
                &message, subject, reply, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(clamping: bytes.count))
        }
        guard code == NATS_OK, let message else {
            throw VisageError(.engine, "No message can be made for \(subject)", cause: text(code))
        }
        for (name, value) in headers { natsMsgHeader_Set(message, name, value) }
        return message
    }

    private static func connect(
        _ server: FleetServer, _ identity: FleetIdentity, _ publicKey: String, number: Int, signer: Int
    ) throws -> OpaquePointer {
        var options: OpaquePointer?
        guard natsOptions_Create(&options) == NATS_OK, let options else {
            throw VisageError(.engine, "No connection can be made to a broker")
        }
        defer { natsOptions_Destroy(options) }
        guard access(identity.authorities, R_OK) == 0 else {
            throw VisageError(
                .configuration, "\(identity.authorities) (`fleet.tls_ca`) cannot be read",
                cause: String(cString: strerror(errno)), retry: .needsPerson)
        }
        let steps: [() -> natsStatus] = [
            { natsOptions_SetURL(options, server.url) }, { natsOptions_SetSecure(options, true) },
            { natsOptions_LoadCATrustedCertificates(options, identity.authorities) },
            // Without it any certificate that the authority has signed would do.
            { natsOptions_SetExpectedHostname(options, server.host) },
            { natsOptions_SetNKey(options, publicKey, sign, Callbacks.pointer(signer)) },
            { natsOptions_SetCustomInboxPrefix(options, identity.inbox) },
            { natsOptions_SetName(options, "visage-fleet \(identity.name)") },
            { natsOptions_SetAllowReconnect(options, false) },
            { natsOptions_SetIgnoreDiscoveredServers(options, true) },
            { natsOptions_SetTimeout(options, connectTimeout) },
            { natsOptions_SetPingInterval(options, pingInterval) }, { natsOptions_SetMaxPingsOut(options, 2) },
            { natsOptions_SetWriteDeadline(options, pingInterval) },
            { natsOptions_SetClosedCB(options, { Callbacks.call($1, .closed) }, Callbacks.pointer(number)) },
            {
                natsOptions_SetErrorHandler(
                    options,
                    { connection, _, code, closure in
                        var said: UnsafePointer<CChar>?
                        natsConnection_GetLastError(connection, &said)
                        let text = said.map { String(cString: $0) } ?? ""
                        Callbacks.call(closure, .failed(text.isEmpty ? FleetConnection.text(code) : text))
                    }, Callbacks.pointer(number))
            },
        ]
        for step in steps {
            let code = step()
            guard code == NATS_OK else {
                throw VisageError(
                    .configuration, "The settings for the broker \(server) cannot be used",
                    cause: lastError() ?? text(code), retry: .needsPerson)
            }
        }
        var handle: OpaquePointer?
        let code = natsConnection_Connect(&handle, options)
        guard code == NATS_OK, let handle else { throw failure(code, to: server) }
        return handle
    }

    /// Signs what the broker has made up for this connection.
    private static let sign: natsSignatureHandler = { _, signature, length, nonce, closure in
        guard let nonce, let key = Signers.key(closure),
            let made = try? key.signature(of: Data(String(cString: nonce).utf8)),
            let bytes = malloc(made.count)
        else { return NATS_ERR }
        // libnats frees it.
        made.withUnsafeBytes { source in
            if let base = source.baseAddress { memcpy(bytes, base, source.count) }
        }
        signature?.pointee = bytes.assumingMemoryBound(to: UInt8.self)
        length?.pointee = Int32(made.count)
        return NATS_OK
    }

    private static func failure(_ code: natsStatus, to server: FleetServer) -> VisageError {
        let said = lastError() ?? text(code)
        switch code {
        case NATS_CONNECTION_AUTH_FAILED:
            return VisageError(
                .source, "The broker \(server) does not know the key of this machine: enroll the machine there",
                cause: said, retry: .needsPerson)
        case NATS_SSL_ERROR:
            return VisageError(
                .source,
                "No encrypted connection to the broker \(server): its certificate has to be valid for this name and "
                    + "vouched for by `fleet.tls_ca`", cause: said, retry: .needsPerson)
        default:
            return VisageError(.source, "The broker \(server) cannot be reached", cause: said)
        }
    }

    func check(_ code: natsStatus, _ problem: String) throws {
        guard code != NATS_OK else { return }
        throw failure(code, problem)
    }

    private func failure(_ code: natsStatus, _ problem: String) -> VisageError {
        VisageError(.source, "The broker \(server) \(problem)", cause: takeProblem() ?? Self.text(code))
    }

    private static func text(_ code: natsStatus) -> String {
        natsStatus_GetText(code).map { String(cString: $0) } ?? "status \(code.rawValue)"
    }

    /// What libnats said last in this thread.
    private static func lastError() -> String? {
        let said = nats_GetLastError(nil).map { String(cString: $0) } ?? ""
        return said.isEmpty ? nil : said
    }
}

/// A flag that two closures share.
private final class SharedFlag: Sendable {
    private let content: Atomic<Bool>
    init(_ value: Bool) { content = Atomic(value) }
    var value: Bool {
        get { content.load(ordering: .acquiring) }
        set { content.store(newValue, ordering: .releasing) }
    }
}
