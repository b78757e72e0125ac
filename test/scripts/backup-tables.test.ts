/** Every table that the sources of an object create is in its backup statement. This includes tables that are created later. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../durable-objects')
const folders = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))

const sourceOf = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n')

describe('Each table of', () => {
  it.each(folders)('%s is in the backup statement', (folder) => {
    const source = sourceOf(folder)
    const tables = [...source.matchAll(/CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?"?(\w+)/g)].map(([, table]) => table ?? '')
    // An excluded class states a reason. A backup has every table of a session that is not excluded. `backup` stages lines.
    if (tables.length === 0 || folder === 'session' || folder === 'backup' || /static readonly backup = '\w+ /.test(source)) return
    const statement = /tables: \[[\s\S]*?\n\s*register|tables: \[[\s\S]*?excluded: \{[\s\S]*?\}/.exec(source)?.[0] ?? ''
    // A statement may spread a list that the folder declares.
    const lists = [...statement.matchAll(/\.\.\.(\w+)/g)].map(
      ([, list]) => new RegExp(`const ${list} = \\[[\\s\\S]*?\\]`).exec(source)?.[0],
    )
    const stated = [statement, ...lists].join('\n')
    expect(tables.filter((table) => !new RegExp(`\\b${table}\\b`).test(stated))).toEqual([])
  })
})
