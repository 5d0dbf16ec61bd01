import Dispatch
import Events
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct EventClientTests {
    /// When a descriptor is closed twice, another thread may have got its number in between: threads that open files at the
    /// same time keep theirs.
    @Test func aFailedConnectionClosesNoOtherFile() throws {
        let folder = try ScratchFolder()
        let path = folder.file("none.sock").path
        let refused = Atomic(0)
        let lost = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for _ in 0..<5_000 {
                if thread.isMultiple(of: 2) {
                    do { _ = try EventClient(connectingTo: path) } catch { refused.add(1, ordering: .relaxed) }
                } else {
                    let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    if file < 0 || fcntl(file, F_GETFD) < 0 { lost.add(1, ordering: .relaxed) }
                    if close(file) != 0 { lost.add(1, ordering: .relaxed) }
                }
            }
        }
        #expect(refused.load(ordering: .relaxed) == 20_000 && lost.load(ordering: .relaxed) == 0)
    }
}
