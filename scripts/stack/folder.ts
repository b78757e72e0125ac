/** The state folder of a stack. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes each folder of a path separately. A recursive `mkdirSync` never returns on a file system without folders. */
export function createFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) createFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new Error(`${path} cannot be created (${code}). Set SOMA_STATE to a writable folder.`)
  }
}
