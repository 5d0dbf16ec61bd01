import Foundation

/// How long the long tests are: `VISAGE_SOAK` is unset (they are skipped), `short` (all together within ten minutes)
/// or anything else (in full).
public enum Soak {
    public static let isOn = setting != nil
    public static let isShort = setting == "short"
    /// Why they are skipped.
    public static let hint = "VISAGE_SOAK is not set: `make soak` runs the long tests"

    private static let setting = ProcessInfo.processInfo.environment["VISAGE_SOAK"]
}
