import ArgumentParser

struct People: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look after the people of the daemon's gallery and their photos.",
        discussion: """
            Each change trains the gallery anew with its earlier settings; a running daemon starts using it within seconds. \
            If the training fails, nothing changes. Run it as the user of the daemon: sudo -u visage visage people list.
            """,
        subcommands: [
            PeopleList.self, PeopleAdd.self, PeopleMove.self, PeopleRemove.self, PeopleRename.self, PeopleCorrect.self,
        ])
}
