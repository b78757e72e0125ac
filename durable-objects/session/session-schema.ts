/** The tables of one session, by release. The numbers of these migrations are the schema numbers of stored sessions. */
import type { Migrations } from '../migrations.ts'
import { CallTable } from './call-table.ts'
import { Timers } from './timers.ts'

const schema = `
  CREATE TABLE meta (schema INTEGER NOT NULL, tenant TEXT NOT NULL, session TEXT NOT NULL, subject TEXT NOT NULL, title TEXT NOT NULL,
    created_at INTEGER NOT NULL, deleted INTEGER NOT NULL, head TEXT, paused INTEGER NOT NULL);
  CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, turn_id TEXT, body TEXT NOT NULL);
  CREATE TABLE turn (turn_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, parent TEXT, outcome TEXT, started INTEGER NOT NULL, token INTEGER NOT NULL,
    attempts INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE item (turn_seq INTEGER NOT NULL, seq INTEGER NOT NULL, parent_seq INTEGER, PRIMARY KEY (turn_seq, seq)) WITHOUT ROWID;
  CREATE TABLE key (event_id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, turn_id TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE consumer (name TEXT PRIMARY KEY, acknowledged INTEGER NOT NULL) WITHOUT ROWID;
  ${Timers.schema};
`

/** Never edit a released migration: each stored session runs the migrations after its own schema number. */
export const sessionMigrations: Migrations = [
  (sql) => {
    sql.exec(schema)
    sql.exec("INSERT INTO meta VALUES (1, '', '', '', '', 0, 0, NULL, 0)")
  },
  // `unended_from` keeps a restart from reading every turn: no unended turn was accepted before this event.
  (sql) => {
    sql.exec('ALTER TABLE meta ADD COLUMN unended_from INTEGER NOT NULL DEFAULT 0')
    sql.exec('UPDATE meta SET unended_from = coalesce((SELECT min(seq) FROM turn WHERE outcome IS NULL), (SELECT max(seq) FROM turn), 0)')
  },
  (sql) => {
    sql.exec(`
      ${CallTable.schema};
      ALTER TABLE turn ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE turn ADD COLUMN spent TEXT;
    `)
  },
]
