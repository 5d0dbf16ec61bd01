import CLinux
import Foundation
import Inference
import TestSupport
import Testing

@Suite struct MappedFilesTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// KiB of a file that are in this process's memory, wherever they are mapped.
    private func resident(_ file: URL) -> Int {
        var sum = 0
        var isOfFile = false
        for line in MappedFiles.lines(ofKernelFile: "/proc/self/smaps") {
            let words = line.split(separator: " ")
            if words.count >= 5, words[0].contains("-") { isOfFile = line.hasSuffix(file.path) }
            if isOfFile, words.first == "Rss:", let kibibytes = Int(words[1]) { sum += kibibytes }
        }
        return sum
    }

    @Test func releasedPagesLeaveMemoryAndComeBackFromTheFile() async throws {
        let file = folder.file("weights with a space")
        let size = 1 << 20
        try Data(repeating: 7, count: size).write(to: file)
        let descriptor = open(file.path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let memory = try #require(mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0))
        defer { munmap(memory, size) }
        let bytes = UnsafeRawBufferPointer(start: memory, count: size)
        #expect(bytes.allSatisfy { $0 == 7 })
        let before = resident(file)
        #expect(before == size >> 10, "\(before)")

        let path = file.resolvingSymlinksInPath().path
        // Who unmaps a file may have mapped something else in its place since.
        MappedFiles.whileMappingsChange { #expect(!MappedFiles.releasePages(of: [path])) }
        #expect(resident(file) == before)

        // Networks of other tests may be loading.
        #expect(await eventually { MappedFiles.releasePages(of: [path]) })
        #expect(resident(file) == 0)
        #expect(bytes.allSatisfy { $0 == 7 })
    }
}
