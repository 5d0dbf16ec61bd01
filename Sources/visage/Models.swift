import ArgumentParser
import Daemon
import Foundation
import Inference
import VisageCore

struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists, fetches and verifies the networks.",
        subcommands: [List.self, Fetch.self, VerifyFiles.self])

    struct Folder: ParsableArguments {
        @Option(help: "Folder with the models' manifest.json.")
        var models: String?

        /// - Throws: `VisageError` (model).
        func store() throws -> ModelStore { try ModelStore(folder: models.map { URL(filePath: $0) }) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show every model and whether it is here.")

        @OptionGroup var folder: Folder

        func run() throws {
            let store = try folder.store()
            for entry in store.manifest.models {
                let model = store.model(entry)
                let size = entry.files.reduce(0) { $0 + $1.bytes }
                print("\(entry.id)\(entry.isDefault ? " (default)" : "")\(model.isHere ? "" : ", not here")")
                print("    \(entry.about)")
                let megabytes = String(format: "%.1f", Double(size) / 1e6)
                let engines = entry.engines.joined(separator: " and ")
                print("    \(megabytes) MB, licence \(entry.licence), for \(engines)")
                for (file, url) in zip(entry.files, model.files) where !model.isHere {
                    if let brought = file.brought {
                        print("    not to be fetched: \(brought), and put it at \(url.path)")
                    }
                }
            }
            for fusion in store.manifest.fusions ?? [] {
                print("\(fusion.id)\(fusion.isDefault ? " (default embedder)" : "")")
                print("    \(fusion.about)")
            }
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring models that are missing or damaged; without a name, those of the default set-up.")

        @Argument(help: "Names of models.")
        var model: [String] = []

        @Flag(help: "All models.")
        var all = false

        @OptionGroup var folder: Folder

        /// The work is done by the models folder's own script, which needs the source tree's Python environment.
        func run() throws {
            let store = try folder.store()
            let script = store.folder.appending(path: "fetch.py")
            let python = store.folder.deletingLastPathComponent().appending(path: ".vendor/python/bin/python")
            for file in [script, python] where !FileManager.default.fileExists(atPath: file.path) {
                throw VisageError(
                    .model, "Models can be fetched in a source tree after `make build` only: \(file.path) is missing")
            }
            let process = Process()
            process.executableURL = python
            let fusions = store.manifest.fusions ?? []
            let models = model.flatMap { name in fusions.first { $0.id == name }?.parts.map(\.id) ?? [name] }
            process.arguments = [script.path] + (all ? ["--all"] : []) + models
            do {
                try process.run()
            } catch {
                throw VisageError(.model, "\(python.path) cannot be started", cause: error.localizedDescription)
            }
            process.waitUntilExit()
            if process.terminationStatus != 0 { throw ExitCode(process.terminationStatus) }
        }
    }

    struct VerifyFiles: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Compare the files of the models that are here, and of the default set-up, with the manifest.")

        @OptionGroup var folder: Folder

        func run() throws {
            let store = try folder.store()
            var failure: VisageError?
            for entry in store.manifest.models {
                let model = store.model(entry)
                let isHere = model.files.contains { FileManager.default.fileExists(atPath: $0.path) }
                guard entry.isDefault || isHere else { continue }
                do {
                    try model.verify()
                    print("\(entry.id): as it should be")
                } catch let error as VisageError {
                    Output.note("\(error)")
                    failure = error
                }
            }
            if let failure { throw ExitCode(failure.exitCode) }
        }
    }
}
