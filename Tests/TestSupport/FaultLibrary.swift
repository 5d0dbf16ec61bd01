import Foundation

/// `Tests/Faults/faults.c`, for `LD_PRELOAD`: makes chosen calls on files fail.
public enum FaultLibrary {
    private static let folder = try? ScratchFolder()
    /// Why it cannot be used; nil if it can.
    public static let problem: String? = compile("faults.c", to: "faults.so")
    public static var path: String { folder?.file("faults.so").path ?? "" }
    /// The same for `clockjump.c`, which lets the wall clock jump.
    public static let clockProblem: String? = compile("clockjump.c", to: "clockjump.so")
    public static var clockPath: String { folder?.file("clockjump.so").path ?? "" }

    private static func compile(_ source: String, to library: String) -> String? {
        guard let folder else { return "there is no folder to compile in" }
        let source = Workspace.folder.appending(path: "Tests/Faults/\(source)").path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["clang", "-shared", "-fPIC", "-O1", "-o", folder.file(library).path, source, "-ldl"]
        do { try process.run() } catch { return "there is no clang" }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : "clang cannot compile \(source)"
    }

    /// The library's functions, in a process that has it loaded.
    public struct Control {
        private let armFunction: @convention(c) (UnsafePointer<CChar>, Int, Int32, Int) -> Void
        private let hitsFunction: @convention(c) () -> Int

        /// nil where it is not loaded.
        public init?() {
            guard let arm = dlsym(nil, "visage_fault_arm"), let hits = dlsym(nil, "visage_fault_hits") else {
                return nil
            }
            armFunction = unsafeBitCast(arm, to: (@convention(c) (UnsafePointer<CChar>, Int, Int32, Int) -> Void).self)
            hitsFunction = unsafeBitCast(hits, to: (@convention(c) () -> Int).self)
        }

        /// Lets the `at`-th call from now on, on files whose path begins with `prefix`, fail with `code`, and those after it.
        /// - Parameter count: how many fail; 0: all that follow
        public func arm(_ prefix: String, _ at: Int, _ code: Int32, count: Int = 1) {
            armFunction(prefix, at, code, count)
        }

        /// Lets no call fail any more.
        public func disarm() { armFunction("/nowhere", Int.max, 0, 1) }

        /// Calls that have failed since `arm`.
        public var hits: Int { hitsFunction() }
    }
}
