import Foundation
import GRDB
import Storage
import VisageCore

/// The file of the visits: opening it, and its tables.
enum VisitDatabase {
    /// Opens the file, or makes it: readable by its owner alone. One that is damaged or of another version is made anew,
    /// because the event log has all that was in it.
    /// - Throws: `VisageError` (unwritable).
    static func open(_ path: String) throws -> DatabasePool {
        do {
            return try openOnce(path)
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR].contains(error.resultCode)
        {
            for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
            // Whose they are is not known any more.
            VisitPictures(visits: path).removeAll()
            do { return try openOnce(path) } catch { throw explain(error, path) }
        } catch {
            throw explain(error, path)
        }
    }

    static func explain(_ error: any Error, _ path: String) -> VisageError {
        if let error = error as? VisageError { return error }
        let cause = (error as? DatabaseError)?.message ?? "\(error)"
        return VisageError(
            .unwritable, "The visits \(path) cannot be used: check folder, owner and free space", cause: cause)
    }

    private static func openOnce(_ path: String) throws -> DatabasePool {
        try DurableFile.makeFolder(URL(filePath: path).deletingLastPathComponent(), mode: 0o700)
        // SQLite makes its companions with the mode of the database.
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw VisageError(.unwritable, "\(path) cannot be written", cause: String(cString: strerror(errno)))
        }
        _ = fchmod(descriptor, 0o600)
        close(descriptor)
        var configuration = Configuration()
        configuration.label = "visage.visits"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // What is forgotten is overwritten.
            try database.execute(sql: "PRAGMA secure_delete = ON; PRAGMA cache_size = -8000")
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try migrations.migrate(pool)
        if try pool.read(migrations.hasBeenSuperseded) {
            throw DatabaseError(resultCode: .SQLITE_ERROR, message: "of a newer version")
        }
        return pool
    }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("visits") { database in
            try database.execute(
                sql: """
                    CREATE TABLE cameras(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                    CREATE TABLE runs(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
                    CREATE TABLE subjects(
                        id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name));
                    CREATE TABLE visits(
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        run INTEGER NOT NULL, track INTEGER NOT NULL, camera INTEGER NOT NULL,
                        kind INTEGER NOT NULL DEFAULT 0, subject INTEGER,
                        start INTEGER NOT NULL, end INTEGER NOT NULL, duration INTEGER, over INTEGER NOT NULL DEFAULT 0,
                        similarity REAL, probability REAL, margin REAL, samples INTEGER,
                        revisions INTEGER NOT NULL DEFAULT 0, file TEXT, offset INTEGER, pts INTEGER NOT NULL,
                        best INTEGER, quality REAL, box TEXT, width INTEGER, height INTEGER, last INTEGER NOT NULL);
                    CREATE UNIQUE INDEX visits_track ON visits(run, track);
                    CREATE INDEX visits_open ON visits(over) WHERE over = 0;
                    CREATE INDEX visits_start ON visits(start);
                    CREATE INDEX visits_kind ON visits(kind, start);
                    CREATE INDEX visits_subject ON visits(subject, start);
                    CREATE INDEX visits_camera ON visits(camera, start);
                    CREATE INDEX visits_camera_kind ON visits(camera, kind, start);
                    CREATE INDEX visits_camera_subject ON visits(camera, subject, start);
                    CREATE TABLE place(
                        id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL, epoch TEXT, generation INTEGER NOT NULL);
                    INSERT INTO place VALUES(1, 0, NULL, 0);
                    """)
        }
        migrator.registerMigration("machines") { database in
            // A visit's machine is that of its camera; '' is this one. So the indexes by camera serve machines too.
            try database.execute(
                sql: """
                    CREATE TABLE places(
                        id INTEGER PRIMARY KEY, machine TEXT NOT NULL DEFAULT '', name TEXT NOT NULL, UNIQUE(machine, name));
                    INSERT INTO places(id, name) SELECT id, name FROM cameras;
                    DROP TABLE cameras;
                    ALTER TABLE places RENAME TO cameras;
                    CREATE TABLE machines(name TEXT PRIMARY KEY, position INTEGER NOT NULL, mark TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE forgotten(digest BLOB PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;
                    ALTER TABLE place ADD COLUMN salt BLOB;
                    UPDATE place SET salt = randomblob(32);
                    """)
        }
        return migrator
    }
}
