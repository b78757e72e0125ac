/** The tables of memories with coordinates. They have no schema number, so objects of earlier releases get them, and ignore them. */

/**
 * `entry` is the truth; `chunk` and both indexes follow from it, and change with it in one transaction. `slot`: the place of the vector.
 * `link`: by coordinates, so a replaced memory keeps its links. `pairs`: see `characterPairs`.
 * `vector`: base64 of a vector from outside, as float32; null: it is made from the text. `raw`: the importance as it was given.
 */
export function addEngineTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS engine (dimension INTEGER NOT NULL, revision TEXT NOT NULL, reservoir TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS entry (
      n INTEGER PRIMARY KEY AUTOINCREMENT, coord TEXT NOT NULL UNIQUE, type TEXT NOT NULL, payload TEXT NOT NULL, text TEXT NOT NULL,
      pairs TEXT NOT NULL, vector TEXT, raw REAL, importance REAL NOT NULL, created_at INTEGER NOT NULL, slot INTEGER NOT NULL UNIQUE
    );
    CREATE TABLE IF NOT EXISTS link (
      source TEXT NOT NULL, target TEXT NOT NULL, type TEXT NOT NULL, weight REAL NOT NULL, PRIMARY KEY (source, target, type)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS link_to ON link (target);
    CREATE TABLE IF NOT EXISTS chunk (chunk INTEGER PRIMARY KEY, vectors BLOB NOT NULL, importance BLOB NOT NULL);
  `)
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'entry_gram'").toArray().length > 0) return
  sql.exec(`
    CREATE VIRTUAL TABLE entry_word USING fts5 (text, pairs, content = 'entry', content_rowid = 'n', tokenize = 'unicode61 remove_diacritics 2');
    INSERT INTO entry_word (entry_word, rank) VALUES ('secure-delete', 1);
    CREATE VIRTUAL TABLE entry_gram USING fts5 (text, content = 'entry', content_rowid = 'n', tokenize = 'trigram');
    INSERT INTO entry_gram (entry_gram, rank) VALUES ('secure-delete', 1);
  `)
}

/** The tables with rows in a backup. */
export const engineTables = ['engine', 'entry', 'link'] as const

/** The tables that a restore rebuilds. */
export const derivedEngineTables = [
  'chunk',
  ...['entry_word', 'entry_gram'].flatMap((index) => [index, ...['data', 'idx', 'docsize', 'config'].map((part) => `${index}_${part}`)]),
]
