/**
 * The index that a page of the list reads: archived sessions apart from all others. Without a schema number, so that an earlier release
 * can still use the list. It writes only `mark`, and the triggers follow.
 */
import { limits } from '../../shared/api/limits.ts'

const shelf = `
  ALTER TABLE session ADD COLUMN shelved INTEGER NOT NULL DEFAULT 0;
  UPDATE session SET shelved = 1 WHERE session_id IN (SELECT session_id FROM mark WHERE archived = 1);
  CREATE INDEX session_by_shelf ON session (shelved, updated_at, session_id) WHERE deleted = 0;
  DROP INDEX IF EXISTS session_by_activity;
  CREATE TRIGGER mark_added AFTER INSERT ON mark BEGIN
    UPDATE session SET shelved = NEW.archived WHERE session_id = NEW.session_id AND shelved <> NEW.archived;
  END;
  CREATE TRIGGER mark_changed AFTER UPDATE ON mark BEGIN
    UPDATE session SET shelved = NEW.archived WHERE session_id = NEW.session_id AND shelved <> NEW.archived;
  END;
  CREATE TRIGGER mark_removed AFTER DELETE ON mark BEGIN
    UPDATE session SET shelved = 0 WHERE session_id = OLD.session_id AND shelved <> 0;
  END`

/** The shelf of sub-sessions, which no page shows. */
export const subShelf = 2

/** A session that enters the list after its mark: a restore brings the marks first. */
const sessionAdded = `
  CREATE TRIGGER IF NOT EXISTS session_added AFTER INSERT ON session
  WHEN EXISTS (SELECT 1 FROM mark WHERE session_id = NEW.session_id AND archived = 1) BEGIN
    UPDATE session SET shelved = 1 WHERE session_id = NEW.session_id;
  END`

/** Adds the index and its triggers, once. The tables `session` and `mark` must exist. */
export function addShelf(storage: DurableObjectStorage): void {
  const { sql } = storage
  if (sql.exec("SELECT 1 FROM pragma_table_info('session') WHERE name = 'shelved'").toArray().length === 0)
    storage.transactionSync(() => sql.exec(shelf))
  sql.exec(sessionAdded)
}

/** A page of the list. Bindings: whether archived (0 or 1), `updated_at` and id of the session before the page, and the size. */
export const listPage = `
  SELECT session.session_id, substr(title, 1, ${limits.titleUnits}) AS title, state, created_at, updated_at, last_turn_id,
    coalesce(pinned, 0) AS pinned, shelved AS archived
  FROM session LEFT JOIN mark ON mark.session_id = session.session_id
  WHERE deleted = 0 AND shelved = ? AND (updated_at, session.session_id) < (?, ?)
  ORDER BY updated_at DESC, session.session_id DESC LIMIT ?`
