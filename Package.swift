// swift-tools-version: 6.2
import PackageDescription

// OpenVINO comes from its PyPI wheel, which `make` unpacks here; nothing else lives outside the system.
let openVINO = Context.packageDirectory + "/.vendor/openvino/openvino"

/// Every Swift target: warnings are errors, and the C headers that have no place in the system's path.
let swift: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-Xcc", "-I\(openVINO)/include", "-Xcc", "-I/usr/include/freetype2"]),
]

let package = Package(
    name: "visage",
    products: [
        .executable(name: "visaged", targets: ["visaged"]),
        .executable(name: "visage", targets: ["visage"]),
        .executable(name: "visage-commands", targets: ["visage-commands"]),
        .executable(name: "visage-mqtt", targets: ["visage-mqtt"]),
        .executable(name: "visage-web", targets: ["visage-web"]),
        .executable(name: "visage-fleet", targets: ["visage-fleet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // C and C++ libraries.
        .systemLibrary(name: "CFFmpeg"),
        .systemLibrary(name: "CFreeType"),
        .systemLibrary(name: "CLibSVM"),
        .systemLibrary(name: "COpenVINO"),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CSeccomp"),
        .systemLibrary(name: "CGcrypt"),
        .systemLibrary(name: "CGnuTLS"),
        .systemLibrary(name: "CV4L2"),
        .systemLibrary(name: "CSystemd"),
        .systemLibrary(name: "CMosquitto"),
        .systemLibrary(name: "CNATS"),
        .target(
            name: "OpenCVBridge",
            cxxSettings: [.unsafeFlags(["-I/usr/include/opencv4", "-Wall", "-Wextra", "-Werror"])],
            linkerSettings: ["opencv_core", "opencv_imgproc", "opencv_dnn"]
                .map { .linkedLibrary($0) }
        ),

        // The words that everybody speaks.
        .target(name: "VisageCore", swiftSettings: swift),

        // Files that survive a power cut, and files of others.
        .target(name: "Storage", dependencies: ["VisageCore", "CGcrypt", "CLinux"], swiftSettings: swift),

        // What the machines of a fleet tell each other of unknown people, and the file in which it is kept.
        .target(name: "FleetFacts", dependencies: ["VisageCore"], swiftSettings: swift),
        .target(
            name: "FleetStorage",
            dependencies: ["FleetFacts", "Storage", "VisageCore", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: swift),

        // The contract with outsiders.
        .target(
            name: "Events", dependencies: ["VisageCore"], resources: [.embedInCode("events.schema.json")],
            swiftSettings: swift),

        // Pixels and networks.
        .target(
            name: "Imaging",
            dependencies: ["VisageCore", "Storage", "OpenCVBridge", "CFFmpeg", "CFreeType"],
            swiftSettings: swift
        ),
        .target(
            name: "Inference",
            dependencies: ["VisageCore", "Storage", "Imaging", "OpenCVBridge", "COpenVINO", "CLinux"],
            swiftSettings: swift,
            linkerSettings: [
                .unsafeFlags([
                    "-L\(openVINO)/libs", "-l:libopenvino_c.so.2641",
                    "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/visage",
                    "-Xlinker", "-rpath", "-Xlinker", "\(openVINO)/libs",
                ])
            ]
        ),

        // The stages.
        .target(
            name: "Capture",
            dependencies: ["VisageCore", "Imaging", "CFFmpeg", "CV4L2", "CLinux", "CSeccomp", "CGnuTLS"],
            swiftSettings: swift),
        .target(name: "Detection", dependencies: ["VisageCore", "Inference", "Imaging"], swiftSettings: swift),
        .target(name: "Tracking", dependencies: ["VisageCore"], swiftSettings: swift),
        .target(
            name: "Recognition",
            dependencies: ["VisageCore", "Storage", "Inference", "Imaging", "CLibSVM"],
            swiftSettings: swift
        ),
        // Who a tracked face is.
        .target(
            name: "Decision", dependencies: ["VisageCore", "Tracking", "Recognition", "Inference"],
            swiftSettings: swift),
        // The detectors and embedders of the manifest.
        .target(
            name: "ModelLoading", dependencies: ["VisageCore", "Detection", "Recognition", "Inference"],
            swiftSettings: swift),
        .target(
            name: "Unknowns",
            dependencies: [
                "VisageCore", "FleetFacts", "FleetStorage", "Storage", "Inference", "Imaging", "Recognition",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .target(
            name: "Publishing",
            dependencies: [
                "VisageCore", "Events", "Imaging", "CFFmpeg", "CLinux",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swift
        ),
        .target(
            name: "Pipeline",
            dependencies: [
                "VisageCore", "Tracking", "Decision", "Imaging",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),

        // The programs.
        // visaged.yaml: every section, with defaults and ranges. Nothing heavy, for programs that only read it.
        .target(
            name: "VisageConfiguration",
            dependencies: ["VisageCore", "Yams", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swift),
        // For every service: log, standard streams, signals, systemd, and reporting the error that ends it.
        .target(
            name: "ServiceSupport",
            dependencies: [
                "VisageCore", "Events", "CSystemd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift),
        .target(
            name: "Daemon",
            dependencies: [
                "ServiceSupport", "VisageCore", "VisageConfiguration", "Events", "Decision", "Pipeline", "Capture",
                "Detection",
                "Tracking", "Recognition",
                "ModelLoading", "FleetStorage", "Unknowns", "Publishing", "Inference", "Imaging", "CLinux",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift
        ),
        // From the event socket to an MQTT broker; nothing of networks or pixels.
        .target(
            name: "Broker",
            dependencies: [
                "Administration", "VisageCore", "VisageConfiguration", "Storage", "Events", "CMosquitto",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        // Machines that share events, galleries and unknown people over NATS brokers; nothing of networks or pixels.
        .target(
            name: "Fleet",
            dependencies: [
                "FleetFacts", "FleetStorage",
                "VisageCore", "VisageConfiguration", "Storage", "Events", "CNATS",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        // The event log as people ask for it: an index of visits.
        .target(
            name: "Visits",
            dependencies: [
                "VisageCore", "Events", "Storage", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: swift),
        // Who may use the page. Without swift-crypto, whose build is a fifth of that of `visage`.
        .target(name: "WebUsers", dependencies: ["VisageCore", "Storage"], swiftSettings: swift),
        // People and photos, for the page: runs the command `visage`.
        .target(name: "Administration", dependencies: ["VisageCore", "Storage"], swiftSettings: swift),
        // The page in the browser: a client of the sockets, without networks or pixels.
        .target(
            name: "Web",
            dependencies: [
                "VisageCore", "VisageConfiguration", "Events", "Visits", "WebUsers", "Administration", "Storage",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Assets")],
            swiftSettings: swift
        ),
        // What measures; only `visage-commands` uses it. Its bench runs the whole daemon.
        .target(
            name: "Evaluation",
            dependencies: [
                "Daemon", "ModelLoading", "Pipeline", "Decision", "Events", "Capture", "Detection", "Tracking",
                "Recognition", "Unknowns", "Publishing", "Inference", "Imaging", "Storage", "VisageConfiguration",
                "VisageCore", "CFFmpeg",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .executableTarget(
            name: "visaged",
            dependencies: [
                "Daemon", "Pipeline", "Capture", "Detection", "Recognition", "Publishing", "Inference", "Imaging",
                "ServiceSupport", "VisageConfiguration", "VisageCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        // Commands of `visage` that only talk to a running service, and how every command prints.
        .target(
            name: "ClientCommands",
            dependencies: [
                "Events", "ServiceSupport", "VisageCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift),
        // Runs those, and `visage-commands` for all others.
        .executableTarget(
            name: "visage",
            dependencies: [
                "ClientCommands", "ServiceSupport", "VisageCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift),
        .executableTarget(
            name: "visage-commands",
            dependencies: [
                "ClientCommands", "FleetFacts", "FleetStorage",
                "Evaluation", "Daemon", "ModelLoading", "Pipeline", "Events", "Capture", "Detection", "Recognition",
                "Unknowns", "Publishing", "Inference", "Imaging", "ServiceSupport", "Storage", "VisageConfiguration",
                "VisageCore", "Visits", "WebUsers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swift
        ),

        .executableTarget(
            name: "visage-web",
            dependencies: [
                "Web", "WebUsers", "Administration", "ServiceSupport", "VisageConfiguration", "VisageCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift
        ),

        .executableTarget(
            name: "visage-mqtt",
            dependencies: [
                "Broker", "ServiceSupport", "VisageConfiguration", "VisageCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),

        .executableTarget(
            name: "visage-fleet",
            dependencies: [
                "Fleet", "ServiceSupport", "Storage", "VisageConfiguration", "VisageCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),

        // Tests. TestSupport holds what they share, RecognitionTestSupport what those share that train galleries;
        // Integration runs the real programs. Each names every module that it imports: one that comes along through
        // another is not rebuilt when that alone changes, and calls the old one.
        .target(
            name: "TestSupport",
            dependencies: [
                "FleetFacts", "VisageCore", "Events", "Inference", "Recognition", "Unknowns",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestSupport", swiftSettings: swift),
        .target(
            name: "RecognitionTestSupport",
            dependencies: ["Recognition", "Imaging", "Inference", "TestSupport", "VisageCore"],
            path: "Tests/RecognitionTestSupport", swiftSettings: swift),
        .executableTarget(
            name: "visaged-hanging",
            dependencies: [
                "Capture", "Daemon", "ServiceSupport", "VisageConfiguration", "VisageCore",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Hanging", swiftSettings: swift
        ),
        .executableTarget(
            name: "visage-walls", dependencies: ["Capture", "CLinux", "VisageCore"], path: "Tests/Walls",
            swiftSettings: swift),
        .testTarget(name: "VisageCoreTests", dependencies: ["VisageCore", "TestSupport"], swiftSettings: swift),
        .testTarget(
            name: "StorageTests", dependencies: ["Storage", "TestSupport", "VisageCore"], swiftSettings: swift),
        .testTarget(
            name: "FleetFactsTests",
            dependencies: ["FleetFacts", "FleetStorage", "TestSupport", "VisageCore"], swiftSettings: swift),
        .testTarget(
            name: "ImagingTests", dependencies: ["Imaging", "TestSupport", "VisageCore"], swiftSettings: swift),
        .testTarget(
            name: "InferenceTests",
            dependencies: ["CLinux", "Inference", "Imaging", "Storage", "TestSupport", "VisageCore"],
            swiftSettings: swift),
        .testTarget(
            name: "CaptureTests", dependencies: ["Capture", "CFFmpeg", "Imaging", "TestSupport", "VisageCore"],
            swiftSettings: swift),
        .testTarget(
            name: "DetectionTests", dependencies: ["Detection", "Imaging", "Inference", "TestSupport", "VisageCore"],
            swiftSettings: swift),
        .testTarget(
            name: "TrackingTests", dependencies: ["Tracking", "TestSupport", "VisageCore"], swiftSettings: swift),
        .testTarget(
            name: "EventsTests", dependencies: ["Events", "TestSupport", "VisageCore"], swiftSettings: swift),
        .testTarget(
            name: "DecisionTests",
            dependencies: [
                "Decision", "Events", "Inference", "Recognition", "RecognitionTestSupport", "TestSupport", "Tracking",
                "Unknowns", "VisageCore",
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "RecognitionTests",
            dependencies: [
                "Recognition", "RecognitionTestSupport", "Detection", "Imaging", "Inference", "Storage", "TestSupport",
                "VisageCore",
            ],
            exclude: ["make_svm_fixture.py", "svm-fixture.json"],
            swiftSettings: swift
        ),
        .testTarget(
            name: "UnknownsTests",
            dependencies: [
                "Unknowns", "FleetFacts", "FleetStorage", "Recognition", "Imaging", "Inference", "TestSupport",
                "VisageCore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "PublishingTests",
            dependencies: [
                "Publishing", "Events", "Imaging", "TestSupport", "VisageCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Pipeline", "Decision", "Events", "Imaging", "TestSupport", "Unknowns", "VisageCore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Detection", "Imaging", "Inference", "Pipeline", "Publishing", "Recognition",
                "ServiceSupport", "TestSupport", "Unknowns", "VisageConfiguration", "VisageCore",
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "BrokerTests",
            dependencies: [
                "Broker", "Events", "Publishing", "TestSupport", "VisageConfiguration", "VisageCore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "FleetTests",
            dependencies: [
                "FleetFacts", "FleetStorage",
                "Fleet", "Events", "TestSupport", "VisageConfiguration", "VisageCore",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "AdministrationTests", dependencies: ["Administration", "TestSupport", "VisageCore"],
            swiftSettings: swift),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "WebUsers", "Visits", "VisageConfiguration", "Events", "Publishing", "TestSupport", "VisageCore",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "VisageConfigurationTests",
            dependencies: ["VisageConfiguration", "TestSupport", "VisageCore", "Yams"],
            swiftSettings: swift),
        .testTarget(
            name: "EvaluationTests",
            dependencies: [
                "Evaluation", "Pipeline", "Publishing", "Recognition", "RecognitionTestSupport", "Imaging",
                "TestSupport",
                "VisageCore",
            ],
            swiftSettings: swift
        ),
        .testTarget(
            name: "Integration",
            dependencies: [
                "FleetFacts", "FleetStorage", "Inference", "Unknowns",
                "CLinux", "Capture", "Decision", "Events", "Fleet", "Imaging", "Pipeline", "Publishing", "Recognition",
                "Storage", "TestSupport", "VisageCore", "Visits", "visage", "visage-commands", "visage-fleet",
                "visage-mqtt",
                "visaged", "visage-web", "visaged-hanging", "visage-walls",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Integration",
            exclude: [
                "fleet_link.py", "rtsp_camera.py", "hostile_camera.py", "hostile_subscribers.py", "web_attack.py",
                "web_browser.py", "web_firefox.py", "web_fuzz.py",
            ],
            swiftSettings: swift
        ),
    ],
    cxxLanguageStandard: .cxx17
)

// `make fuzz` alone: libFuzzer's targets, which bring no `main` of their own and see what is internal.
if Context.environment["VISAGE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz-targets",
            dependencies: [
                "Capture", "CFFmpeg", "CLinux", "Daemon", "Events", "Imaging", "Inference", "Publishing",
                "Recognition", "RecognitionTestSupport", "Storage", "TestSupport", "Unknowns", "VisageConfiguration",
                "VisageCore",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Fuzz", exclude: ["run.sh"], swiftSettings: swift + [.unsafeFlags(["-parse-as-library"])]))
}
