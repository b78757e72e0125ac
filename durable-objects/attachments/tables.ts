/** The tables of a tenant's attachments. */
import type { Migrations } from '../migrations.ts'

/**
 * `content`: bytes in the bucket, once per SHA-256. `attachment`: a file of a user. `hold`: a session that has an attachment. Without a
 * hold, an attachment ends at `expires_at`. `writing`: a key of the bucket that an upload writes now. `orphan`: a key to delete.
 * `meta.bytes`: the sum of `content.size`. `work_file`: a file of a session's working folder, by its path without case. `work_call`: a tool
 * call that has changed a file. `released`: a session that was deleted. It gets no files any more.
 * `scan`: a content that waits for the scanner, until `at`.
 */
export const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL, bytes INTEGER NOT NULL);
      CREATE TABLE content (
        sha256 TEXT PRIMARY KEY, key TEXT NOT NULL, size INTEGER NOT NULL, mime TEXT NOT NULL, status TEXT NOT NULL, finding TEXT
      ) WITHOUT ROWID;
      CREATE TABLE attachment (
        n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, filename TEXT NOT NULL, owner TEXT NOT NULL,
        created_at INTEGER NOT NULL, expires_at INTEGER
      );
      CREATE INDEX attachment_of ON attachment (sha256);
      CREATE INDEX attachment_expiry ON attachment (expires_at) WHERE expires_at IS NOT NULL;
      CREATE TABLE hold (session TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (session, n)) WITHOUT ROWID;
      CREATE INDEX hold_of ON hold (n);
      CREATE TABLE writing (key TEXT PRIMARY KEY, upload_id TEXT, reserved INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE orphan (key TEXT PRIMARY KEY, upload_id TEXT, tries INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
      INSERT INTO meta VALUES (1, 0);
    `)
  },
  (sql) => {
    sql.exec(`
      CREATE TABLE work_file (
        session TEXT NOT NULL, folded TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, mime TEXT NOT NULL, modified_at INTEGER NOT NULL,
        PRIMARY KEY (session, folded)
      ) WITHOUT ROWID;
      CREATE INDEX work_file_of ON work_file (sha256);
      CREATE TABLE work_call (n INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, call TEXT NOT NULL, UNIQUE (session, call));
      CREATE TABLE released (session TEXT PRIMARY KEY) WITHOUT ROWID;
    `)
  },
  (sql) => {
    sql.exec('CREATE TABLE scan (sha256 TEXT PRIMARY KEY, tries INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID')
  },
]
