import ArgumentParser
import ClientCommands

/// `--json` of the commands that change a gallery.
struct JSONOption: ParsableArguments {
    @Flag(
        help: """
            Print JSON objects, one a line: progress (what is counted) with done and total while it works, and line for each \
            line of text that is printed otherwise.
            """)
    var json = false

    /// To be called before anything is printed.
    func apply() { Output.isJSON.store(json, ordering: .relaxed) }
}
