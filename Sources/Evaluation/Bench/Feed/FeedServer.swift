import Foundation
import VisageCore

/// The network cameras of `LiveBench`: an RTSP server on this machine, over TCP, in a process of its own, so that what it
/// takes of the processor is not taken for the daemon's.
package enum FeedServer {
    /// The first argument of a program that is to be the server; the clip and the number of cameras follow.
    static let argument = "serve-bench-cameras"

    /// To be called first by a program that runs `LiveBench`: becomes the server, and does not return, if it was started to
    /// be one. Prints its port, and ends with its standard input.
    package static func runIfAsked() {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, arguments[1] == argument, let cameras = Int(arguments[3]) else { return }
        // Ctrl-C is for the one who measures, who then closes this one's input.
        for signal in [SIGINT, SIGPIPE] { Foundation.signal(signal, SIG_IGN) }
        // A camera has a processor of its own. Not allowed to everybody, and not needed.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10)
        do {
            let clip = try FeedClip(path: arguments[2])
            let (socket, port) = try listen()
            let server = Thread {
                while case let client = accept(socket, nil, nil), client >= 0 { serve(client, clip, cameras) }
            }
            server.start()
            FileHandle.standardOutput.write(Data("\(port)\n".utf8))
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 {}
        exit(0)
    }

    private static func serve(_ client: Int32, _ clip: FeedClip, _ cameras: Int) {
        var isOn: Int32 = 1
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        let thread = Thread {
            FeedConnection(cameras: cameras, clip: clip, socket: client).run()
            close(client)
        }
        thread.start()
    }

    /// - Throws: `VisageError.engine` without a network on this machine.
    private static func listen() throws -> (socket: Int32, port: Int) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && Glibc.listen(socket, 64) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard socket >= 0, isListening else {
            throw VisageError(
                .engine, "There is no network on this machine for the cameras",
                cause: String(cString: strerror(errno)))
        }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }
}
