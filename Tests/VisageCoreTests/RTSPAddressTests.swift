import Testing
import VisageCore

@Suite struct RTSPAddressTests {
    @Test(arguments: [
        ("rtsp://cam/live", "rtsp://cam/live", "cam", 554),
        ("rtsp://joe:secret@10.0.0.7:8554/h264?x=1", "rtsp://10.0.0.7:8554/h264?x=1", "10.0.0.7", 8554),
        ("rtsp://joe@cam", "rtsp://cam", "cam", 554),
        ("RTSP://joe:se:cr%40et@cam/a@b", "rtsp://cam/a@b", "cam", 554),
        ("rtsp://joe:se@cret@cam/a", "rtsp://cam/a", "cam", 554),
        ("rtsps://joe:secret@cam/a", "rtsps://cam/a", "cam", 322),
        ("rtsp://joe:secret@[fe80::1]:554/a", "rtsp://[fe80::1]:554/a", "fe80::1", 554),
        (
            "rtsp://10.0.0.7/user=joe&password=secret&channel=1?token=secret",
            "rtsp://10.0.0.7/user=…&password=…&channel=1?token=…", "10.0.0.7", 554
        ),
    ])
    func showsNoCredentials(_ text: String, _ name: String, _ host: String, _ port: Int) throws {
        let address = try RTSPAddress(text)
        #expect(address.name == name)
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test(arguments: [
        "rtsp://", "rtsp:///path", "rtsp://joe:secret@", "rtsp://cam:port/x", "rtsp://cam:0/x", "rtsp://cam:70000/x",
        // A password with a bare slash: what follows must not be taken for a port or a path and shown.
        "rtsp://joe:sec/secret@cam/x", "http://joe:secret@cam/x",
    ])
    func refusesWhatMakesNoSenseWithoutRepeatingIt(_ text: String) {
        let error = #expect(throws: VisageError.self) { try RTSPAddress(text) }
        #expect(error?.code == .configuration)
        #expect(error.map { "\($0)".contains("secret") } == false)
    }
}
