/// What is released together: all programs have the same version.
public enum VisageRelease {
    public static let version = "0.1.0"
}
