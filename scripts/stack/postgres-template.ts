/**
 * The files of an empty, migrated Postgres. A new database starts from them, because creating one takes three seconds of work.
 * The template is named after the version of PGlite and the migrations. Without it, everything works, only slower.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { root } from '../project.ts'

/** The hash of the version of PGlite and of the migrations. */
export function migrationsHash(): string {
  const migrations = join(root, 'migrations')
  const digest = createHash('sha256').update(readFileSync(join(root, 'node_modules/@electric-sql/pglite/package.json')))
  for (const name of readdirSync(migrations, { recursive: true, encoding: 'utf8' }).sort())
    if (/\.(sql|json)$/.test(name)) digest.update(`\0${name}\0`).update(readFileSync(join(migrations, name)))
  return digest.digest('hex').slice(0, 16)
}

const templateFile = () => join(root, 'node_modules', '.cache', 'soma', `postgres-${migrationsHash()}.tar`)

/** The template; undefined if it does not exist. */
export function readTemplate(): Blob | undefined {
  try {
    return new Blob([readFileSync(templateFile())])
  } catch {
    return undefined
  }
}

/** Makes a template of `postgres`, which must be new. Failures are ignored: the next new database tries again. */
export async function writeTemplate(postgres: PGlite): Promise<void> {
  const scratch = `${templateFile()}.${process.pid}`
  try {
    const files = await postgres.dumpDataDir('none')
    mkdirSync(dirname(scratch), { recursive: true })
    writeFileSync(scratch, Buffer.from(await files.arrayBuffer()))
    renameSync(scratch, templateFile())
  } catch {
    rmSync(scratch, { force: true })
  }
}
