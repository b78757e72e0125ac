/**
 * One process at a time. The lock is the operating system's, held by SQLite on an empty file: it ends with its process, however
 * that ends, so there are no stale locks, and two that start at once cannot both win.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** Locks held by this process; one that is collected is released. */
const held = new Map<string, DatabaseSync>()

/** Whether `file` is now locked by us. Waits up to `withinMs` for whoever holds it. */
export async function takeLock(file: string, withinMs: number): Promise<boolean> {
  mkdirSync(dirname(file), { recursive: true })
  const giveUpAt = Date.now() + withinMs
  while (true) {
    const database = new DatabaseSync(file)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
      held.set(file, database)
      return true
    } catch (error) {
      database.close()
      if (!isBusy(error)) throw error
      if (Date.now() >= giveUpAt) return false
      await sleep(100)
    }
  }
}

export function releaseLock(file: string): void {
  held.get(file)?.close()
  held.delete(file)
}

/** SQLITE_BUSY (https://sqlite.org/rescode.html#busy). */
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5
