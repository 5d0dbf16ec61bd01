import Administration
import Foundation
import TestSupport
import Testing
import VisageCore

@Suite struct UploadsTests {
    private let folder: ScratchFolder
    private let uploads: Uploads
    private var place: URL { folder.file("uploads") }
    private let jpeg = Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(repeating: 1, count: 100)

    init() throws {
        folder = try ScratchFolder()
        uploads = Uploads(folder.file("uploads"))
    }

    private func code(_ body: () async throws -> Void) async -> VisageError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? VisageError)?.code }
    }

    @Test func anUploadIsAFileOfOurNameForThisUserAlone() async throws {
        let name = try await uploads.add(jpeg)
        #expect(name.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        let files = try await uploads.take([name])
        let file = try #require(files.first)
        #expect(try Data(contentsOf: file) == jpeg && file.lastPathComponent == "\(name).jpg")
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions] as? Int == 0o700)
        #expect(await code { _ = try await uploads.take([name]) } == .notFound, "once")
    }

    @Test func whatIsNoPictureIsRefused() async throws {
        for data in [Data(), Data("<svg onload='x'>".utf8), Data("#!/bin/sh\n".utf8), Data([0xFF, 0xD8])] {
            #expect(await code { _ = try await uploads.add(data) } == .usage)
        }
        #expect((try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? [] == [])
    }

    @Test func numberAndSizeAreLimited() async throws {
        #expect(await code { _ = try await uploads.add(jpeg + Data(count: Uploads.maxBytes)) } == .usage)
        for _ in 0..<Uploads.maxCount { _ = try await uploads.add(jpeg) }
        #expect(await code { _ = try await uploads.add(jpeg) } == .inUse)
    }

    @Test func namesOfOthersLeadNowhere() async throws {
        let name = try await uploads.add(jpeg)
        for wrong in [[], ["../\(name)"], ["/etc/passwd"], [name, name], [name, "x"]] {
            #expect(await code { _ = try await uploads.take(wrong) } == .notFound)
        }
        #expect(try await uploads.take([name]).count == 1)
    }
}
