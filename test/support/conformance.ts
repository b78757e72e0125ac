/** Conformance data of other projects, in `../shared/conformance` next to this project. It may be absent. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'

const folder = join(import.meta.dirname, '../../../shared/conformance')

/** Declares tests that need the data `name`. Without the data it declares one skipped test, which gives that reason. */
export function describeWithData(title: string, name: string, tests: () => void): void {
  if (existsSync(join(folder, name))) describe(title, tests)
  else describe(title, () => it('agree', ({ skip }) => skip(`no conformance data at ../shared/conformance/${name}`)))
}
