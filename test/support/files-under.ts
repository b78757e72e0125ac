/** What is on disk, for tests that search it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The content of every file under `folder`, as binary text. A file that a database deletes meanwhile is left out. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const file = join(folder, name)
    try {
      return statSync(file).isFile() ? [readFileSync(file, 'latin1')] : []
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  })
}
