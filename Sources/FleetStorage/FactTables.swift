/// The tables of `unknown.db`. Every change has a revision, so that readers fetch only what is new.
enum FactTables {
    static let version = 2

    // `facts` has rowids: in a WITHOUT ROWID table SQLite moves rows of more than about 1,000 bytes to overflow pages of
    // 4 KiB each, and a message has about that length.
    static let creation = """
        CREATE TABLE IF NOT EXISTS state(id INTEGER PRIMARY KEY CHECK(id = 1), revision INTEGER NOT NULL, file TEXT NOT NULL);
        INSERT OR IGNORE INTO state VALUES(1, 0, lower(hex(randomblob(16))));
        CREATE TABLE IF NOT EXISTS facts(
            machine INTEGER NOT NULL, number INTEGER NOT NULL, message BLOB NOT NULL, revision INTEGER NOT NULL,
            received INTEGER NOT NULL, PRIMARY KEY(machine, number));
        CREATE INDEX IF NOT EXISTS facts_revision ON facts(revision);
        CREATE TABLE IF NOT EXISTS removed(number INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS removed_revision ON removed(revision);
        CREATE TABLE IF NOT EXISTS dropped(machine INTEGER NOT NULL, number INTEGER NOT NULL, revision INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS dropped_revision ON dropped(revision);
        CREATE TABLE IF NOT EXISTS published(number INTEGER PRIMARY KEY, version INTEGER NOT NULL, digest TEXT NOT NULL);
        PRAGMA user_version = 2;
        """
}
