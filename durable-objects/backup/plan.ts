/** What a backup holds of an object's tables. Each object class states it as the static property `backup`; a test compares the tables. */

/** An object with rows in a backup. */
export interface BackupPlan {
  /** The tables with rows in a backup. */
  readonly kept: readonly string[]
  /** The other tables, each with the reason. */
  readonly left: Readonly<Record<string, string>>
  /** Adds the tables that have no schema number, if they are missing. Runs in every instance once, and in a restore. */
  readonly added?: (sql: SqlStorage) => void
  /** Enters the object called `name` in the directory, where a backup finds it. */
  readonly register?: (env: StateEnv, name: string) => Promise<void>
  /** A text that some changes alter. If it alters during a read, the rows are void. Default: no change does. */
  readonly stamp?: (sql: SqlStorage) => string
  /**
   * Rows that an object keeps although a backup is restored over it. With it, an object that has content is not refused. `restored`: the
   * rows of the backup. Null: the object has all of them already. Throws `RestoreRefused`.
   */
  readonly carry?: (sql: SqlStorage, restored: () => Iterable<RestoredRow>) => readonly Row[] | null
  /** Runs in the transaction of the restore, after its rows. */
  readonly restored?: (sql: SqlStorage, carried: readonly Row[]) => void
  /** Runs after the restore: alarms and queues. */
  readonly resume?: (ctx: DurableObjectState, env: StateEnv) => Promise<void>
}

/** A class is in a backup, or this is the reason why it is not. */
export type BackupStatement = BackupPlan | string

export type Row = Readonly<Record<string, SqlStorageValue>>

/** A row of a backup, by column. */
export interface RestoredRow {
  readonly table: string
  readonly row: Row
}

/** The object does not take this backup. */
export class RestoreRefused extends Error {}
