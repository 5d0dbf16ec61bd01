import HTTPTypes

/// Header names that the library does not have.
enum HTTPFieldNames {
    static let csrf = HTTPField.Name.constant("X-CSRF-Token")
}
