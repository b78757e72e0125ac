/**
 * A lock between processes: SQLite holds an operating-system lock on an empty file.
 * The lock ends with its process, so there are no stale locks. Two concurrent processes cannot both hold it.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** Locks of this process. This map keeps them from garbage collection, which would release them. */
const locks = new Map<string, DatabaseSync>()

/** Locks `file`. Waits up to `timeoutMs` for its holder. Returns whether this process holds the lock. */
export async function acquireLock(file: string, timeoutMs: number): Promise<boolean> {
  mkdirSync(dirname(file), { recursive: true })
  const deadline = Date.now() + timeoutMs
  while (true) {
    const database = new DatabaseSync(file)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
      locks.set(file, database)
      return true
    } catch (error) {
      database.close()
      if (!isBusy(error)) throw error
      if (Date.now() >= deadline) return false
      await sleep(100)
    }
  }
}

/** Releases the lock of `file`. Does nothing if this process does not hold it. */
export function releaseLock(file: string): void {
  locks.get(file)?.close()
  locks.delete(file)
}

/** SQLITE_BUSY (https://sqlite.org/rescode.html#busy). */
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5
