import Foundation

extension Configuration {
    /// `unknown`: what is kept of people who are not in the gallery.
    public struct Unknown: ConfigurationSection {
        /// Whether they are kept on disk. false: ids last until the daemon stops.
        public var keep = true
        /// The folder where they are kept. Empty: `unknown` in the state folder.
        public var folder = ""
        /// Days after the last visit until a person is forgotten, 1 to 36,500. Until then the person gets the same id.
        public var rememberDays = 30
        /// Days after which a picture is deleted, 0 to 36,500. 0: no pictures are kept.
        public var viewsDays = 14
        /// Pictures of one person, 1 to 100; the best ones are kept.
        public var views = 5
        /// The size of the folder in MiB beyond which those who were away longest are forgotten, 1 to 1,000,000.
        public var keepMB = 512

        public init() {}

        enum CodingKeys: String, CodingKey {
            case keep, folder
            case rememberDays = "remember_days"
            case viewsDays = "views_days"
            case views
            case keepMB = "keep_mb"
        }

        func validate() throws(ConfigurationProblem) {
            try ConfigurationProblem.check(rememberDays, CodingKeys.rememberDays, in: 1...36_500)
            try ConfigurationProblem.check(viewsDays, CodingKeys.viewsDays, in: 0...36_500)
            try ConfigurationProblem.check(views, CodingKeys.views, in: 1...100)
            try ConfigurationProblem.check(keepMB, CodingKeys.keepMB, in: 1...1_000_000)
        }
    }

    /// Where unknown people are kept, or would be if they were.
    public var unknownFolder: URL {
        URL(filePath: unknown.folder.isEmpty ? state + "/unknown" : unknown.folder, directoryHint: .isDirectory)
    }
}
