import CMosquitto
import Foundation
import VisageCore

/// One connection to a broker, from the attempt to its end. For one thread; its callbacks run within `read`, `write`,
/// `keepAlive` and `publish`.
final class BrokerConnection {
    /// A broker that is silent for one and a half times as long is taken for gone, and so are we by the broker.
    private static let keepAlive: Int32 = 30
    /// For a broker that accepts the connection and then says nothing.
    private static let answerTimeout = Duration.seconds(10)

    /// What the callbacks have been told; they have nothing but a pointer to this.
    private final class Reports {
        var confirmed: [Int32] = []
        /// The broker's answer; 0: accepted.
        var answer: Int32?
        var lastError = ""
        var received: [(topic: String, payload: String)] = []
    }

    private let handle: OpaquePointer
    private let reports = Reports()
    private let settings: BrokerSettings
    private let started = MonotonicTime.now
    private(set) var isUp = false

    /// Connects; blocks while the name is looked up and the broker's machine does not answer. `isUp` says when the broker
    /// has accepted.
    /// - Parameter will: what the broker publishes when we vanish.
    /// - Throws: `VisageError`: configuration for files that cannot be used, source if the broker cannot be reached.
    init(_ settings: BrokerSettings, will: Message) throws {
        self.settings = settings
        let client = "visage-\(Topics.hash("\(settings.topics.prefix)/\(settings.topics.machine)"))"
        guard let handle = mosquitto_new(client, true, Unmanaged.passUnretained(reports).toOpaque()) else {
            throw VisageError(.engine, "No connection can be made", cause: String(cString: strerror(errno)))
        }
        self.handle = handle
        // All is in place: if something throws from here on, deinit follows.
        setCallbacks()
        try check(
            mosquitto_will_set(
                handle, will.topic, Int32(will.payload.count), will.payload, 1, will.isRetained), "The last will")
        let password = try settings.password?.read()
        if !settings.user.isEmpty {
            try check(mosquitto_username_pw_set(handle, settings.user, password), "The user")
        }
        if let tls = settings.tls { try use(tls) }
        mosquitto_max_inflight_messages_set(handle, 0)
        mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
        let code = mosquitto_connect(handle, settings.host, Int32(settings.port), Self.keepAlive)
        guard code == 0 else { throw failure(code) }
    }

    deinit { mosquitto_destroy(handle) }

    /// To wait at; -1 if there is none.
    var descriptor: Int32 { mosquitto_socket(handle) }
    var wantsToWrite: Bool { mosquitto_want_write(handle) }

    /// Reads and writes what can be without waiting.
    /// - Throws: `VisageError` once the connection is lost or refused.
    func work(isReadable: Bool) throws {
        if isReadable { try proceed(mosquitto_loop_read(handle, 64)) }
        if wantsToWrite { try proceed(mosquitto_loop_write(handle, 64)) }
        try proceed(mosquitto_loop_misc(handle))
        if let answer = reports.answer, !isUp {
            guard answer == 0 else { throw refusal(answer) }
            isUp = true
        }
        if !isUp, MonotonicTime.now - started > Self.answerTimeout {
            throw VisageError(.source, "The broker \(settings.name) accepts connections and does not answer")
        }
    }

    /// Hands a message to the library.
    /// - Returns: the number with which it is confirmed.
    func publish(_ message: Message) throws -> Int32 {
        var number: Int32 = 0
        let code = mosquitto_publish(
            handle, &number, message.topic, Int32(clamping: message.payload.count), message.payload,
            Int32(settings.qos), message.isRetained)
        try proceed(code)
        return number
    }

    /// The numbers of messages that were confirmed since the last call.
    func takeConfirmed() -> [Int32] {
        defer { reports.confirmed = [] }
        return reports.confirmed
    }

    func subscribe(to topic: String) throws { try proceed(mosquitto_subscribe(handle, nil, topic, 1)) }

    /// What came under subscribed topics since the last call, without what the broker had retained.
    func takeReceived() -> [(topic: String, payload: String)] {
        defer { reports.received = [] }
        return reports.received
    }

    /// Ends the connection in order: the last will is not published.
    func disconnect() {
        mosquitto_disconnect(handle)
        while wantsToWrite, mosquitto_loop_write(handle, 64) == 0 {}
    }

    // MARK: Setting up

    private func use(_ tls: BrokerSettings.TLS) throws {
        try tls.check()
        let certificate = tls.certificate.isEmpty ? nil : tls.certificate
        let key = tls.key.isEmpty ? nil : tls.key
        let authorities = tls.authorities.isEmpty ? nil : tls.authorities
        // A key with a passphrase must not be asked for on a terminal.
        try check(
            mosquitto_tls_set(
                handle, authorities, authorities == nil ? "/etc/ssl/certs" : nil, certificate, key,
                { _, _, _, _ in 0 }), "The files for TLS")
        // Both are what the library does unless told otherwise; they must not depend on that.
        try check(mosquitto_tls_opts_set(handle, 1, nil, nil), "TLS")
        try check(mosquitto_tls_insecure_set(handle, false), "TLS")
    }

    private func setCallbacks() {
        mosquitto_connect_callback_set(handle) { _, reports, code in BrokerConnection.reports(reports)?.answer = code }
        mosquitto_publish_callback_set(handle) { _, reports, number in
            BrokerConnection.reports(reports)?.confirmed.append(number)
        }
        mosquitto_log_callback_set(handle) { _, reports, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            BrokerConnection.reports(reports)?.lastError = String(cString: text)
        }
        mosquitto_message_callback_set(handle) { _, reports, message in
            guard let message = message?.pointee, !message.retain, let topic = message.topic else { return }
            let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
            BrokerConnection.reports(reports)?.received.append(
                (String(cString: topic), String(decoding: bytes.prefix(64), as: UTF8.self)))
        }
    }

    private static func reports(_ pointer: UnsafeMutableRawPointer?) -> Reports? {
        pointer.map { Unmanaged<Reports>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Errors

    private func check(_ code: Int32, _ what: String) throws {
        guard code != 0 else { return }
        throw VisageError(
            .configuration, "\(what) cannot be used with the broker \(settings.name)",
            cause: String(cString: mosquitto_strerror(code)))
    }

    private func proceed(_ code: Int32) throws {
        guard code != 0 else { return }
        // A refusal ends the connection as well, and says why.
        if let answer = reports.answer, answer != 0 { throw refusal(answer) }
        throw failure(code)
    }

    private func failure(_ code: Int32) -> VisageError {
        var cause =
            code == MOSQ_ERR_ERRNO.rawValue
            ? String(cString: strerror(errno)) : String(cString: mosquitto_strerror(code))
        if !reports.lastError.isEmpty { cause += ": \(reports.lastError)" }
        switch Int(code) {
        case Int(MOSQ_ERR_TLS.rawValue), Int(MOSQ_ERR_TLS_HANDSHAKE.rawValue):
            return VisageError(
                .source,
                "No encrypted connection to the broker \(settings.name): its certificate has to be valid for this name "
                    + "and vouched for by `mqtt.tls_ca`", cause: cause, retry: .needsPerson)
        default:
            return VisageError(
                .source,
                isUp
                    ? "The connection to the broker \(settings.name) was lost"
                    : "The broker \(settings.name) cannot be reached",
                cause: cause)
        }
    }

    private func refusal(_ code: Int32) -> VisageError {
        // Of MQTT 3.1.1: 4 is a wrong user or password, 5 that the user may not.
        let needsPerson = code == 4 || code == 5
        return VisageError(
            .source,
            needsPerson
                ? "The broker \(settings.name) refuses the user or the password: check `mqtt.user` and its password"
                : "The broker \(settings.name) refuses the connection",
            cause: String(cString: mosquitto_connack_string(code)), retry: needsPerson ? .needsPerson : .mayHelp)
    }
}
