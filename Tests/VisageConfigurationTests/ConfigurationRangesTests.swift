import Foundation
import TestSupport
import Testing
import VisageConfiguration
import VisageCore

@Suite struct ConfigurationRangesTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// What is said of a configuration with a camera and `text`; nil if it is accepted.
    private func refusal(_ text: String, camera: String = "cameras: [{name: door, source: /clip.mp4}]\n")
        throws -> String?
    {
        let file = scratch.file("visaged.yaml")
        try Data((camera + text).utf8).write(to: file)
        do {
            _ = try ConfigurationFile.load(file)
            return nil
        } catch {
            #expect((error as? VisageError)?.exitCode == 78)
            return "\(error)".replacing(file.path, with: "FILE")
        }
    }

    @Test(arguments: [
        ("events", "keep_days", ["0", "-1", "40000"], ["1", "365"]),
        ("events", "keep_mb", ["0", "9000000000000000000"], ["1"]),
        ("frames", "jpeg_quality", ["0", "101"], ["1", "100"]),
        ("recording", "segment_minutes", ["0", "0.01", "1441", ".inf", ".nan"], ["0.05", "1440"]),
        ("recording", "crf", ["-1", "52"], ["0", "51"]),
        ("recording", "preset", ["quick", "''"], ["medium"]),
        ("detection", "input", ["63", "2049"], ["64", "2048"]),
        ("detection", "strong_score", ["0.04", "1.1", "-3", ".nan"], ["0", "0.2", "1"]),
        ("detection", "weak_score", ["0.04", "0.71", ".nan"], ["0", "0.05", "0.7"]),
        ("tracking", "confirm_after", ["0", "101"], ["1", "100"]),
        ("tracking", "lost_after", ["0.05", "-1", ".inf", ".nan"], ["0.1", "3600"]),
        ("unknown", "remember_days", ["0", "40000"], ["1", "365"]),
        ("unknown", "views_days", ["-1", "40000"], ["0", "365"]),
        ("unknown", "views", ["0", "101"], ["1", "100"]),
        ("unknown", "keep_mb", ["0", "9000000000000000000"], ["1"]),
        ("inference", "threads", ["-1", "257"], ["0", "256"]),
        ("mqtt", "host", ["mqtt://broker", "'a b'"], ["broker", "10.0.0.2", "'::1'", "''"]),
        ("mqtt", "port", ["-1", "65536"], ["0", "1883"]),
        ("mqtt", "qos", ["-1", "3"], ["0", "2"]),
        ("mqtt", "prefix", ["''", "/a", "a/", "a//b", "'a/#'", "a+", "$SYS"], ["visage", "home/visage"]),
        ("mqtt", "machine", ["a/b", "'#'"], ["''", "porch"]),
        ("mqtt", "discovery", ["a/", "'+'"], ["''", "my/ha"]),
        ("mqtt", "picture", ["face"], ["none", "annotated"]),
        ("fleet", "machine", ["Porch", "a.b", "'-'", "a234567890123456789012345678901234"], ["''", "porch-2"]),
        ("fleet", "number", ["-1", "9000"], ["0", "8999"]),
        ("log", "level", ["loud"], ["trace", "critical"]),
    ])
    func valuesHaveTheirRanges(section: String, key: String, bad: [String], good: [String]) throws {
        for value in bad {
            let said = try #require(
                try refusal("\(section):\n  \(key): \(value)\n"), "\(key): \(value) is accepted")
            #expect(said.hasPrefix("FILE, line 3: `\(section).\(key)` should"), "\(said)")
        }
        for value in good { #expect(try refusal("\(section):\n  \(key): \(value)\n") == nil) }
    }

    /// Only what comes over a network has packets that could be copied.
    @Test func onlyNetworkCamerasAreCopied() throws {
        let network = "cameras: [{name: yard, source: 'rtsp://10.0.0.7/1'"
        #expect(try refusal("recording: {mode: copy}\n", camera: network + "}]\n") == nil)
        #expect(try refusal("", camera: network + ", recording_mode: copy}]\n") == nil)
        for source in ["/dev/video0", "/clip.mp4"] {
            let camera = "cameras: [{name: door, source: \(source)"
            let global = try #require(try refusal("recording: {mode: copy}\n", camera: camera + "}]\n"))
            #expect(
                global.contains("`cameras.0.source` is a") && global.contains("set `recording_mode: annotated`"),
                "\(global)")
            let own = try #require(try refusal("", camera: camera + ", recording_mode: copy}]\n"))
            #expect(own.contains("`cameras.0.recording_mode` cannot be copy for a"), "\(own)")
            #expect(try refusal("recording: {mode: copy}\n", camera: camera + ", recording_mode: annotated}]\n") == nil)
        }
        #expect(try refusal("recording:\n  mode: raw\n")?.contains("`recording.mode` should") == true)
    }

    @Test func whatBelongsTogetherAtABrokerIsTogether() throws {
        for (text, said) in [
            ("{password_file: p}", "`mqtt.password_file` is of no use without `user`"),
            (
                "{user: u, password_file: p, password_credential: c}",
                "`mqtt.password_credential` cannot be used together"
            ),
            ("{user: u, password_credential: a/b}", "`mqtt.password_credential` should be the name"),
            ("{tls_ca: ca.pem}", "`mqtt.tls_ca` is of no use without `tls: true`"),
            ("{tls: true, tls_certificate: c.pem}", "`mqtt.tls_certificate` needs `tls_key`"),
            ("{tls: true, tls_key: k.pem}", "`mqtt.tls_key` needs `tls_certificate`"),
        ] {
            let refusal = try #require(try refusal("mqtt: \(text)\n"), "\(text) is accepted")
            #expect(refusal.contains(said), "\(refusal)")
        }
        #expect(try refusal("mqtt: {user: u, password_file: p, tls: true, tls_certificate: c, tls_key: k}\n") == nil)
    }

    @Test func listsOfAFleetHaveTheirElements() throws {
        let key = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
        for (text, said) in [
            ("{servers: [nats://a:4222]}", "`fleet.servers.0` should"), ("{servers: [tls://a]}", "`fleet.servers.0`"),
            ("{servers: ['tls://a:4222', 'tls://u:p@a:1']}", "`fleet.servers.1` should"),
            ("{servers: tls://a:4222}", "`fleet.servers` should be a list"),
            ("{servers: [{host: a}]}", "`fleet.servers` should be one value"),
            ("{share: [event]}", "`fleet.share.0` should be one of events, galleries, unknown"),
            ("{editors: [UA]}", "`fleet.editors.0` should be a public"), ("{state: ''}", "`fleet.state` is empty"),
            ("{publish_gallery: true}", "`fleet.publish_gallery` needs `galleries`"),
        ] {
            let refusal = try #require(try refusal("fleet: \(text)\n"), "\(text) is accepted")
            #expect(refusal.contains(said), "\(refusal)")
        }
        let good = "{servers: ['tls://a.example:4222', 'tls://[::1]:4223'], share: [], editors: [\(key)]}"
        #expect(try refusal("fleet: \(good)\n") == nil)
    }

    @Test func theSpaceToKeepFreeHasARange() throws {
        for value in ["-1", "100000001"] {
            #expect(try refusal("keep_free_mb: \(value)\n")?.hasPrefix("FILE, line 2: `keep_free_mb` should") == true)
        }
        for value in ["0", "100000000"] { #expect(try refusal("keep_free_mb: \(value)\n") == nil) }
    }

    @Test func thereMustBeACamera() throws {
        for camera in ["", "cameras: []\n", "cameras:\n"] {
            #expect(try refusal("state: /s\n", camera: camera)?.contains("names no camera") == true)
        }
    }

    @Test(arguments: ["", "a b", "a/b", "..", "tür.frames", "a\\nb"]) func aCameraNamesFiles(name: String)
        throws
    {
        let said = try refusal("", camera: "cameras:\n  - source: /a.mp4\n    name: \"\(name)\"\n")
        #expect(said?.hasPrefix("FILE, line 3: `cameras.0.name` should be letters") == true)
    }

    @Test func twoCamerasHaveTwoNames() throws {
        let said = try refusal(
            "",
            camera:
                "cameras:\n  - name: door\n    source: /a\n  - name: yard\n    source: /b\n  - name: door\n    source: /c\n"
        )
        #expect(said == "FILE, line 6: `cameras.2.name` is the name of another camera already")
    }

    @Test func aCameraHasASource() throws {
        let said = try refusal("", camera: "cameras:\n  - name: door\n")
        #expect(said?.hasPrefix("FILE, line 2: `cameras.0.source` is empty") == true)
    }
}
