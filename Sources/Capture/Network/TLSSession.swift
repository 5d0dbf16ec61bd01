import CGnuTLS
import Foundation
import VisageCore

/// An encrypted connection to a camera whose certificate was found to be the right one: owns the GnuTLS session and the
/// socket. To be used from one thread at a time.
///
/// FFmpeg 5.1 has TLS too, but cannot be told to verify certificates of RTSP servers.
final class TLSSession {
    private let session: gnutls_session_t
    private let credentials: gnutls_certificate_credentials_t
    let socket: Int32

    /// Shakes hands. Blocks, as long as the socket lets it.
    /// - Parameter socket: connected; belongs to the session from now on, and is closed if that fails
    /// - Throws: `VisageError.source` if the other side is not, or does not prove to be, the one that is meant.
    init(_ socket: Int32, host: String, trust: TLSTrust) throws {
        var session: gnutls_session_t?
        var credentials: gnutls_certificate_credentials_t?
        do {
            try Self.check(gnutls_certificate_allocate_credentials(&credentials))
            try Self.check(gnutls_init(&session, visage_gnutls_client()))
            guard let session, let credentials else { throw Self.failure(0) }
            try Self.trust(trust, credentials)
            try Self.check(gnutls_set_default_priority(session))
            try Self.check(
                gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials)))
            // An address is no name: no certificate is chosen by it.
            if host.contains(where: \.isLetter), !host.contains(":") {
                try Self.check(
                    gnutls_server_name_set(
                        session, gnutls_server_name_type_t(visage_gnutls_name_dns()), host, host.utf8.count))
            }
            gnutls_transport_set_int2(session, socket, socket)
            var code: Int32
            repeat { code = gnutls_handshake(session) } while code < 0 && gnutls_error_is_fatal(code) == 0
            try Self.check(code)
            try Self.verify(session, host, trust)
            (self.session, self.credentials, self.socket) = (session, credentials, socket)
        } catch {
            if let session { gnutls_deinit(session) }
            if let credentials { gnutls_certificate_free_credentials(credentials) }
            close(socket)
            throw error
        }
    }

    deinit {
        gnutls_deinit(session)
        gnutls_certificate_free_credentials(credentials)
        close(socket)
    }

    /// Whether data was received and decrypted that `read` has not returned yet; the socket then does not say so.
    var hasPending: Bool { gnutls_record_check_pending(session) > 0 }

    /// - Returns: bytes that were read; none at the end, or after an error.
    func read(upTo limit: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = gnutls_record_recv(session, &bytes, limit)
            if count < 0, gnutls_error_is_fatal(Int32(count)) == 0 { continue }
            return Array(bytes.prefix(max(0, count)))
        }
    }

    /// - Returns: whether all was sent.
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { gnutls_record_send(session, $0.baseAddress, $0.count) }
            if count < 0, gnutls_error_is_fatal(Int32(count)) == 0 { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func trust(_ trust: TLSTrust, _ credentials: gnutls_certificate_credentials_t) throws {
        if trust.pin != nil { return }
        guard var certificates = trust.certificates.map({ Array($0.utf8) }) else {
            try check(gnutls_certificate_set_x509_system_trust(credentials))
            return
        }
        let code = certificates.withUnsafeMutableBufferPointer { bytes -> Int32 in
            var datum = gnutls_datum_t(data: bytes.baseAddress, size: UInt32(bytes.count))
            return gnutls_certificate_set_x509_trust_mem(credentials, &datum, GNUTLS_X509_FMT_PEM)
        }
        guard code > 0 else {
            throw VisageError(.configuration, "`tls_ca` has no certificate of use", retry: .needsPerson)
        }
    }

    private static func verify(_ session: gnutls_session_t, _ host: String, _ trust: TLSTrust) throws {
        let found = try fingerprint(session)
        if let pin = trust.pin {
            guard found == pin else {
                throw VisageError(
                    .source,
                    "the camera's certificate is not the one of `tls_pin`: its SHA-256 is \(hex(found)); somebody may "
                        + "be answering in its place", retry: .needsPerson)
            }
            return
        }
        var status: UInt32 = 0
        try check(gnutls_certificate_verify_peers3(session, host, &status))
        guard status != 0 else { return }
        var text = gnutls_datum_t()
        let type = gnutls_certificate_type_get(session)
        var reason = ""
        if gnutls_certificate_verification_status_print(status, type, &text, 0) == 0, let data = text.data {
            reason = String(decoding: UnsafeBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
            visage_gnutls_free(data)
        }
        throw VisageError(
            .source,
            "the camera's certificate is not trusted, and the password was not sent: name its authority in `tls_ca`, or, "
                + "once you have compared it with the camera's own page, its SHA-256 in `tls_pin`: \(hex(found))",
            cause: reason.trimmingCharacters(in: .whitespacesAndNewlines), retry: .needsPerson)
    }

    private static func fingerprint(_ session: gnutls_session_t) throws -> [UInt8] {
        var count: UInt32 = 0
        guard let list = gnutls_certificate_get_peers(session, &count), count > 0 else {
            throw VisageError(.source, "the camera shows no certificate", retry: .needsPerson)
        }
        var digest = [UInt8](repeating: 0, count: 32)
        var size = digest.count
        try check(gnutls_fingerprint(GNUTLS_DIG_SHA256, list, &digest, &size))
        return digest
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
    }

    private static func check(_ code: Int32) throws { if code < 0 { throw failure(code) } }

    private static func failure(_ code: Int32) -> VisageError {
        VisageError(
            .source, "no encrypted connection to the camera comes about",
            cause: gnutls_strerror(code).map { String(cString: $0) })
    }
}
