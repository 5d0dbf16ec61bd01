import ArgumentParser
import ClientCommands
import Foundation
import VisageCore
import WebUsers

/// `visage web-password`: the users of the page in the browser.
struct WebPassword: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set the password of a user of the page in the browser.",
        discussion: """
            Asks for the password, or reads it as one line from standard input. visage-web takes the change over by itself \
            and logs the user out. Run it as the user of the daemon: sudo -u visage visage web-password NAME.
            """)

    @Argument(help: "The name of the user: letters, digits, - _ and .")
    var name: String?

    @Option(help: "What the user may do: viewer (see everything) or editor (change the gallery too).")
    var role: Role = .editor

    @Flag(help: "Remove the user.")
    var remove = false

    @Flag(help: "List the users.")
    var list = false

    @Option(help: "The configuration file of the daemon.")
    var config = ServiceOptions.defaultConfiguration

    /// Shorter ones are guessed.
    private static let shortest = 8

    func validate() throws {
        if list {
            guard name == nil, !remove else { throw ValidationError("--list takes no name and no --remove.") }
            return
        }
        guard let name else { throw ValidationError("Name the user.") }
        guard PasswordFile.isName(name) else {
            throw ValidationError("A name is letters, digits, - _ and . , at most 64 of them.")
        }
    }

    func run() throws {
        var service = ServiceOptions()
        (service.config, service.faces, service.gallery) = (config, nil, nil)
        let configuration = try service.configuration()
        try ServiceFiles.checkUser(configuration.state)
        let path = configuration.webPasswords
        var file = try PasswordFile.load(path) ?? PasswordFile()
        guard let name else {
            for user in file.users { Output.line("\(user.name)  \(user.role.rawValue)") }
            return
        }
        let isKnown = file.users.contains { $0.name == name }
        if remove {
            guard isKnown else { throw VisageError(.notFound, "There is no user \(name) in \(path)") }
            file.users.removeAll { $0.name == name }
            try file.write(to: path)
            Output.line("removed   \(name)" + (file.users.isEmpty ? "; nobody can log in now" : ""))
            return
        }
        let password = try readPassword()
        let hash = try hash(password)
        file.users.removeAll { $0.name == name }
        file.users.append(PasswordFile.User(name: name, role: role, hash: hash))
        file.users.sort { $0.name < $1.name }
        try file.write(to: path)
        Output.line("\(isKnown ? "changed " : "added   ")  \(name), \(role.rawValue), in \(path)")
    }

    /// By visage-web, which has the library for it and compares passwords with it.
    private func hash(_ password: String) throws -> PasswordHash {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "visage-web")
        let process = Process()
        (process.executableURL, process.arguments) = (program, ["--hash-password"])
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        do { try process.run() } catch {
            throw VisageError(
                .engine, "\(program.path) cannot be run, which hashes the password", cause: error.systemReason)
        }
        try? input.fileHandleForWriting.write(contentsOf: Data(password.utf8))
        try? input.fileHandleForWriting.close()
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, let hash = PasswordHash(text: text.dropLast()) else {
            throw VisageError(.engine, "\(program.path) has not hashed the password; use one of this version")
        }
        return hash
    }

    private func readPassword() throws -> String {
        let isTerminal = isatty(STDIN_FILENO) == 1
        let password = isTerminal ? try ask("Password: ") : readLine() ?? ""
        guard password.count >= Self.shortest else {
            throw VisageError(.usage, "The password has \(password.count) characters; use at least \(Self.shortest)")
        }
        guard password.utf8.count <= 1024 else { throw VisageError(.usage, "The password is longer than 1024 bytes") }
        if isTerminal, try ask("Again: ") != password {
            throw VisageError(.usage, "The two are not the same; nothing was changed")
        }
        return password
    }

    /// Reads a line that the terminal does not show.
    private func ask(_ prompt: String) throws -> String {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw VisageError(.unreadable, "The terminal cannot be read", cause: String(cString: strerror(errno)))
        }
        var hidden = settings
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            Output.control("\n")
        }
        Output.control(prompt)
        return readLine() ?? ""
    }
}

extension Role: ExpressibleByArgument {}
