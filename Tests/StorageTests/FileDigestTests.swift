import Foundation
import Storage
import TestSupport
import Testing
import VisageCore

@Suite struct FileDigestTests {
    /// From FIPS 180-4's examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func knownVectors(text: String, digest: String) throws {
        let folder = try ScratchFolder()
        let file = folder.file("content")
        try Data(text.utf8).write(to: file)
        #expect(try FileDigest.sha256(of: file) == digest)
        #expect(FileDigest.sha256(of: Data(text.utf8)) == digest)
    }

    @Test func aMissingFileIsNamed() {
        #expect {
            _ = try FileDigest.sha256(of: URL(filePath: "/nowhere/model.onnx"))
        } throws: { error in
            (error as? VisageError)?.code == .unreadable && "\(error)".contains("/nowhere/model.onnx")
        }
    }
}
