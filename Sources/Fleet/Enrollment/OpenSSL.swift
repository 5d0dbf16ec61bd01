import Foundation
import VisageCore

/// Makes certificates with Debian's program.
struct OpenSSL {
    /// Ten years: a broker whose certificate ends would be a surprise. One that is deleted is made anew by the next run.
    private static let days = "3650"
    private static let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    /// An authority of this fleet alone.
    func makeAuthority(certificate: URL, key: URL) throws {
        try run(
            [
                "req", "-x509", "-days", Self.days, "-subj", "/CN=Visage fleet", "-keyout", key.path, "-out",
                certificate.path,
            ]
                + Self.key)
    }

    /// For a broker. Brokers are clients of each other too.
    func makeServer(_ host: String, certificate: URL, key: URL, authority: URL, authorityKey: URL) throws {
        let folder = certificate.deletingLastPathComponent()
        let (request, extensions) = (folder.appending(path: ".request"), folder.appending(path: ".extensions"))
        defer { for file in [request, extensions] { unlink(file.path) } }
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        // libnats compares with names only, so an address is there as one too.
        let names = isAddress ? "IP:\(host),DNS:\(host)" : "DNS:\(host)"
        do {
            try Data("subjectAltName=\(names)\nextendedKeyUsage=serverAuth,clientAuth\n".utf8).write(to: extensions)
        } catch {
            throw VisageError(.unwritable, "\(extensions.path) cannot be written", cause: error.systemReason)
        }
        try run(["req", "-keyout", key.path, "-out", request.path, "-subj", "/CN=\(host.prefix(64))"] + Self.key)
        try run([
            "x509", "-req", "-in", request.path, "-CA", authority.path, "-CAkey", authorityKey.path, "-set_serial",
            "0x\(UUID().uuidString.replacing("-", with: "").prefix(16))", "-days", Self.days, "-extfile",
            extensions.path, "-out", certificate.path,
        ])
    }

    private func run(_ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = words
        let errors = Pipe()
        (process.standardInput, process.standardOutput, process.standardError) = (
            FileHandle.nullDevice, FileHandle.nullDevice, errors
        )
        do {
            try process.run()
        } catch {
            throw VisageError(.notFound, "Certificates need /usr/bin/openssl: install Debian's package openssl")
        }
        let said = (try? errors.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw VisageError(
                .engine, "openssl \(words[0]) has failed",
                cause: String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).last.map(String.init))
        }
    }
}
