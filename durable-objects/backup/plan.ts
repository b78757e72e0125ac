/** The tables of an object in a backup. Each object class states them as the static property `backup`. A test compares the tables. */

/** An object with rows in a backup. */
export interface BackupPlan {
  /** The tables with rows in a backup. */
  readonly tables: readonly string[]
  /** The other tables, each with the reason. */
  readonly excluded: Readonly<Record<string, string>>
  /** Adds the tables that have no schema number, if they are missing. Runs in every instance once, and in a restore. */
  readonly addTables?: (sql: SqlStorage) => void
  /** A restore into an object with tables replaces only `tables`. Default: it drops every other table. */
  readonly keepsOtherTables?: boolean
  /** Registers the object called `name` in the directory, where a backup finds it. */
  readonly register?: (env: StateEnv, name: string) => Promise<void>
  /** A text that changes with some of the rows. If it changes during a read, the rows are void. Default: it never changes. */
  readonly stamp?: (sql: SqlStorage) => string
  /**
   * The object's own rows that a restore keeps. An object with this function accepts a restore although it has content. `restored`: the
   * rows of the backup. Null: the object has all of them already. Throws `RestoreRefused`.
   */
  readonly carriedRows?: (sql: SqlStorage, restored: () => Iterable<RestoredRow>) => readonly Row[] | null
  /** Runs in the transaction of the restore, after its rows. */
  readonly onRestored?: (sql: SqlStorage, carried: readonly Row[]) => void
  /** Runs after the restore: alarms and queues. */
  readonly resume?: (ctx: DurableObjectState, env: StateEnv) => Promise<void>
}

/** The plan of a class in a backup, or the reason why the class is not in one. */
export type BackupStatement = BackupPlan | string

/** A row of a table, by column. */
export type Row = Readonly<Record<string, SqlStorageValue>>

/** A row of a backup, with its table. */
export interface RestoredRow {
  readonly table: string
  readonly row: Row
}

/** The delay of an object's first alarm after a restore. The runtime rejects an alarm in the past. Milliseconds. */
export const alarmDelayMs = 1_000

/** The object does not accept this backup. */
export class RestoreRefused extends Error {}
