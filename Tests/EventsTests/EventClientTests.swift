import Events
import Foundation
import TestSupport
import Testing
import VisageCore

/// What the reader of an event socket makes of whoever answers there.
@Suite struct EventClientTests {
    private let folder: ScratchFolder
    private var path: String { folder.file("x.sock").path }

    init() throws { folder = try ScratchFolder() }

    /// Answers one connection with these pieces and closes it.
    private func answer(_ pieces: [[UInt8]]) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound && listen(listener, 1) == 0)
        Thread.detachNewThread {
            let connection = accept(listener, nil, nil)
            for piece in pieces {
                guard send(connection, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count else { break }
            }
            close(connection)
            close(listener)
        }
    }

    @Test func piecesMakeNoDifference() throws {
        let text = Array("{\"a\":1}\n\n{\"b\":\"é\"}\nrest".utf8)
        var random = SeededRandom(7)
        for size in [1, 2, 3, 100] {
            unlink(path)
            var pieces: [[UInt8]] = []
            var rest = text[...]
            while !rest.isEmpty {
                pieces.append(Array(rest.prefix(Int.random(in: 1...size, using: &random))))
                rest = rest.dropFirst(pieces[pieces.count - 1].count)
            }
            try answer(pieces)
            let client = try EventClient(connectingTo: path)
            var lines: [String] = []
            while case .line(let line) = try client.next(timeout: testTimeout) { lines.append(line) }
            #expect(lines == ["{\"a\":1}", "", "{\"b\":\"é\"}"])
        }
    }

    /// Memory would grow with it.
    @Test func aLineWithoutEndIsRefused() throws {
        try answer(Array(repeating: [UInt8](repeating: 65, count: 1 << 20), count: 64))
        let client = try EventClient(connectingTo: path)
        #expect(throws: VisageError.self) { _ = try client.next(timeout: testTimeout) }
    }
}
