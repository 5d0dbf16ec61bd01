import Administration
import Foundation
import Synchronization
import TestSupport
import Testing
import VisageCore

/// With a program in place of `visage` that plays a part.
@Suite struct TrainingsTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func command(_ script: String) throws -> VisageCommand {
        let program = folder.file("visage")
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: program)
        #expect(chmod(program.path, 0o755) == 0)
        return VisageCommand(program: program.path, configuration: "visaged.yaml")
    }

    private func end(_ trainings: Trainings) async -> Trainings.State {
        while await trainings.state.phase == .running { await Task.yield() }
        return await trainings.state
    }

    @Test func oneSeesHowFarItIsAndWhatItSays() async throws {
        let audit = Mutex<[String]>([])
        let command = try command(
            #"echo '{"progress":"Photos","done":2,"total":5}'; echo '{"line":"learned   Ada"}'; echo nonsense"#)
        let trainings = Trainings(command) { line in audit.withLock { $0.append(line) } }
        #expect(try await trainings.begin("add 1 photo of Ada", by: "eva", ["people", "add"], values: []) == 1)
        let state = await end(trainings)
        #expect(state.phase == .done && state.lines == ["learned   Ada"] && state.problem == nil)
        #expect(state.done == 2 && state.total == 5)
        #expect(await eventually { audit.withLock { $0.count } == 2 })
        #expect(
            audit.withLock { $0 } == [
                "eva: change 1, visage people add: begun", "eva: change 1, visage people add: done",
            ])
    }

    @Test func aFailureIsToldInTheCommandsWords() async throws {
        let trainings = Trainings(try command("echo 'visage: None of the 3 photos can be used' >&2; exit 1")) { _ in }
        try await trainings.begin("train", by: "eva", ["train"], values: [])
        let state = await end(trainings)
        #expect(state.phase == .failed && state.problem == "None of the 3 photos can be used")
    }

    @Test func thereIsOneAtATime() async throws {
        let gate = folder.file("gate").path
        let trainings = Trainings(try command("while [ ! -e \(gate) ]; do sleep 0.05; done")) { _ in }
        try await trainings.begin("first", by: "eva", ["train"], values: [])
        let cleaned = Atomic(false)
        do {
            try await trainings.begin("second", by: "max", ["train"], values: []) {
                cleaned.store(true, ordering: .relaxed)
            }
            Issue.record("a second change was begun")
        } catch let error as VisageError {
            #expect(error.code == .inUse && error.message.contains("first"))
        }
        let isCleaned = cleaned.load(ordering: .relaxed)
        #expect(isCleaned, "what the second one has brought is removed")
        #expect(FileManager.default.createFile(atPath: gate, contents: nil))
        #expect(await end(trainings).phase == .done)
        #expect(try await trainings.begin("third", by: "max", ["train"], values: []) == 2)
        _ = await end(trainings)
    }

    /// What a name begins with does not make it an option.
    @Test func whatComesFromOutsideIsNoOption() async throws {
        let outcome = try await command(#"for word in "$@"; do echo "$word"; done"#)
            .run(["forget", "--yes"], values: ["--recordings", "a b; rm -rf $HOME"])
        #expect(
            outcome.lines == [
                "forget", "--yes", "--config", "visaged.yaml", "--", "--recordings", "a b; rm -rf $HOME",
            ])
    }

    @Test func aProgramThatIsNotThereIsNamed() async throws {
        let trainings = Trainings(VisageCommand(program: folder.file("none").path, configuration: "x")) { _ in }
        try await trainings.begin("train", by: "eva", ["train"], values: [])
        let state = await end(trainings)
        #expect(state.phase == .failed && state.problem?.contains("cannot be run") == true)
    }
}
