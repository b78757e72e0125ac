/** Where a stack keeps its state. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Step by step: told to make all of a path below a file system that takes none, `mkdirSync` never returns. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new Error(`${path} cannot be made (${code}). Set SOMA_STATE to a folder that can be written to.`)
  }
}
