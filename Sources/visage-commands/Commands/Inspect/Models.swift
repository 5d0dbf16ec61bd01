import ArgumentParser
import ClientCommands
import Daemon
import Foundation
import Inference
import VisageCore

struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, download and verify the neural networks.",
        subcommands: [List.self, Fetch.self, VerifyFiles.self])

    struct Folder: ParsableArguments {
        @Option(
            help: "The folder with manifest.json and the model files. Default: the one that belongs to the program.")
        var models: String?

        /// - Throws: `VisageError` (model).
        func store() throws -> ModelStore { try ModelStore(folder: models.map { URL(filePath: $0) }) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List every model of the manifest, and whether its files exist.")

        @OptionGroup var folder: Folder

        func run() throws {
            let store = try folder.store()
            for entry in store.manifest.models {
                let model = store.model(entry)
                let isHere = (model.quantized ?? model).isHere
                Output.line("\(entry.id)\(entry.isDefault ? " (default)" : "")\(isHere ? "" : ", missing")")
                Output.line("    \(entry.about)")
                let engines = entry.engines.joined(separator: " and ")
                Output.line("    \(Self.size(model)), license \(entry.license), for \(engines)")
                if let quantized = model.quantized {
                    let remark = model.isHere ? "" : "; the others, for --precision and OpenCV, are not here"
                    Output.line("    \(Self.size(quantized)) in 8 bits, which OpenVINO uses\(remark)")
                }
                for (file, url) in zip(entry.files, model.files) where !model.isHere {
                    if let brought = file.brought {
                        Output.line("    cannot be downloaded: \(brought), and put it at \(url.path)")
                    }
                }
            }
            for fusion in store.manifest.fusions ?? [] {
                Output.line("\(fusion.id)\(fusion.isDefault ? " (default embedder)" : "")")
                Output.line("    \(fusion.about)")
            }
        }

        private static func size(_ model: Model) -> String {
            String(format: "%.1f MB", Double(model.descriptions.reduce(0) { $0 + $1.bytes }) / 1e6)
        }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download models that are missing or damaged.")

        @Argument(help: "Names from `visage models list`. Default: the models of the default configuration.")
        var model: [String] = []

        @Flag(help: "Download all models.")
        var all = false

        @OptionGroup var folder: Folder

        /// The work is done by the models folder's own script, which needs the source tree's Python environment.
        func run() throws {
            let store = try folder.store()
            let script = store.folder.appending(path: "fetch.py")
            let python = store.folder.deletingLastPathComponent().appending(path: ".vendor/python/bin/python")
            for file in [script, python] where !FileManager.default.fileExists(atPath: file.path) {
                throw VisageError(
                    .model, "Models can only be downloaded in a source tree after `make build`: \(file.path) is missing"
                )
            }
            let process = Process()
            process.executableURL = python
            let fusions = store.manifest.fusions ?? []
            let models = model.flatMap { name in fusions.first { $0.id == name }?.parts.map(\.id) ?? [name] }
            process.arguments = [script.path] + (all ? ["--all"] : []) + models
            do {
                try process.run()
            } catch {
                throw VisageError(.model, "\(python.path) cannot be started", cause: error.systemReason)
            }
            process.waitUntilExit()
            if process.terminationStatus != 0 { throw ExitCode(process.terminationStatus) }
        }
    }

    struct VerifyFiles: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Verify the SHA-256 checksums of the model files.")

        @OptionGroup var folder: Folder

        func run() throws {
            let store = try folder.store()
            var failure: VisageError?
            for entry in store.manifest.models {
                let model = store.model(entry)
                // The first one is needed by default; others are verified only if they are here.
                for (index, variant) in [model.quantized, model].compactMap({ $0 }).enumerated() {
                    let isHere = variant.files.contains { FileManager.default.fileExists(atPath: $0.path) }
                    guard isHere || (entry.isDefault && index == 0) else { continue }
                    do {
                        try variant.verify()
                        Output.line("\(entry.id)\(variant.isQuantized ? " in 8 bits" : ""): OK")
                    } catch let error as VisageError {
                        Output.note("\(error)")
                        failure = error
                    }
                }
            }
            if let failure { throw ExitCode(failure.exitCode) }
        }
    }
}
