/// The version that all programs of the project have.
public enum Release {
    public static let version = "0.1.0"
}
