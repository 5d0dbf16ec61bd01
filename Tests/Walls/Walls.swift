import CLinux
import Capture
import Foundation
import VisageCore

/// Shuts itself in as a capture process does, and then tries what a decoder that was taken over would try. Prints a line for
/// each: what it was, and `refused` or `done`. For tests.
///
///     visage-walls device|network|picture FILE...      FILE: what it tries to read
@main enum Walls {
    static func main() {
        let files = Array(CommandLine.arguments.dropFirst(2))
        let isPicture = CommandLine.arguments.dropFirst().first == "picture"
        let source: CaptureTask.Source
        if CommandLine.arguments.dropFirst().first == "device" {
            source = .device(V4L2Settings(path: "/dev/video0"), nil)
        } else {
            guard let address = try? RTSPAddress("rtsp://127.0.0.1/x"),
                let connection = try? RTSPConnection(address, RTSPSettings())
            else { exit(1) }
            source = .network(connection)
        }
        let ownFolder = FileManager.default.currentDirectoryPath
        do {
            if isPicture {
                try CaptureWalls.build(reading: nil, memory: 256 << 20, seconds: 20)
            } else {
                try CaptureWalls.build(for: source)
            }
        } catch {
            print("walls: \(error)")
            exit(1)
        }
        for file in files { attempt("read \(file)") { open(file, O_RDONLY) >= 0 } }
        attempt("list the folder") { opendir(ownFolder) != nil }
        attempt("write a file") { open("\(ownFolder)/new", O_WRONLY | O_CREAT, 0o600) >= 0 }
        attempt("write into /dev/shm") { open("/dev/shm/visage-walls", O_RDWR | O_CREAT, 0o600) >= 0 }
        attempt("remove a file") { unlink("\(ownFolder)/kept") == 0 }
        attempt("start a program") { execv("/bin/true", [nil]) == 0 }
        attempt("start a process") { visage_try_fork() == 0 }
        attempt("signal the daemon") { kill(getppid(), 0) == 0 }
        attempt("trace the daemon") { visage_try_trace(getppid()) == 0 }
        attempt("change a file's size") { ftruncate(STDIN_FILENO, 0) == 0 }
        attempt("take back memory") {
            let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
            return madvise(memory, 4096, 9) == 0
        }
        attempt("raise a limit") { visage_set_limit(Int32(RLIMIT_NOFILE.rawValue), 1024) == 0 }
        attempt("take 512 MB") {
            mmap(nil, 512 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
        }
        // What it has to be able to do.
        attempt("connect") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) >= 0 }
        attempt("start a thread") {
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread { done.signal() }
            return done.wait(timeout: .now() + 10) == .success
        }
    }

    private static func attempt(_ what: String, _ body: () -> Bool) {
        print("\(what): \(body() ? "done" : "refused")")
        fflush(nil)
    }
}
