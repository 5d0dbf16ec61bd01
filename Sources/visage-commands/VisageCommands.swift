import ArgumentParser
import Capture
import ClientCommands
import Evaluation

/// All commands of `visage`.
@main
struct VisageCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visage", abstract: CommandLineProgram.abstract, discussion: CommandLineProgram.discussion,
        subcommands: [
            Train.self, Adapt.self, Trial.self, Tracks.self, Evaluate.self, Verify.self, Recognize.self,
            CapturePhotos.self,
            Export.self, Still.self, Try.self, Tail.self, Status.self, Label.self, Forget.self, People.self,
            FleetCommands.self, Models.self, Bench.self, Compare.self, WebPassword.self,
        ])

    static func main() {
        CaptureHelper.runIfAsked()
        PictureHelper.runIfAsked()
        FeedServer.runIfAsked()
        CommandLineProgram.run(Self.self)
    }
}
