/** The entries of a folder, from the paths of files. Pure. */
import type { WorkdirEntry } from '../api/workdir.ts'
import { foldedPath, nameOf } from './path.ts'
import type { WorkFile } from './store.ts'

/** A file as an entry. */
export const fileEntry = ({ path, size, modified_at, mime, sha256, status }: WorkFile): WorkdirEntry => ({
  ...{ name: nameOf(path), path, is_dir: false, size, modified_at },
  ...{ mime, sha256, status },
})

/** The files and folders in `folder`, folders first. `files`: all files below it. A folder has the spelling of its first file. */
export function entriesIn(folder: string, files: readonly WorkFile[]): WorkdirEntry[] {
  const folders = new Map<string, WorkdirEntry>()
  const entries: WorkdirEntry[] = []
  const depth = folder === '' ? 0 : folder.split('/').length
  for (const file of files) {
    const segments = file.path.split('/')
    if (segments.length === depth + 1) {
      entries.push(fileEntry(file))
      continue
    }
    const path = segments.slice(0, depth + 1).join('/')
    const key = foldedPath(path)
    const before = folders.get(key)
    folders.set(key, {
      ...(before ?? { name: nameOf(path), path, is_dir: true }),
      size: (before?.size ?? 0) + file.size,
      modified_at: Math.max(before?.modified_at ?? 0, file.modified_at),
    })
  }
  return [...folders.values(), ...entries]
}
