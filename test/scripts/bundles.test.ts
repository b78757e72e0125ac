/** Stacks of tests share the bundles of the Workers. Their name changes with every source. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hashSources } from '../../scripts/stack/bundles.ts'

const scratch = mkdtempSync(join(tmpdir(), 'soma-bundles-'))
afterAll(() => rmSync(scratch, { recursive: true }))

let checkouts = 0
/** A checkout of two sources and a test. */
function checkout(change: (folder: string) => void = () => {}): string {
  const folder = join(scratch, `${++checkouts}`)
  for (const [file, text] of [
    ['workers/gateway/worker.ts', 'export default {}'],
    ['shared/ids.ts', 'export const id = 1'],
    ['wrangler.toml', 'name = "soma-gateway"'],
    ['test/ids.test.ts', ''],
  ] as const) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  change(folder)
  return folder
}
const write = (file: string, text: string) => (folder: string) => {
  mkdirSync(join(folder, file, '..'), { recursive: true })
  writeFileSync(join(folder, file), text)
}
const originalHash = hashSources([checkout()])

describe('The name of bundles', () => {
  it.each([
    ['a changed source', write('shared/ids.ts', 'export const id = 2')],
    ['a changed configuration', write('wrangler.toml', 'name = "other"')],
    ['a new source', write('durable-objects/worker.ts', '')],
    ['other packages', write('package-lock.json', '{}')],
    ['a renamed source', (folder: string) => renameSync(join(folder, 'shared/ids.ts'), join(folder, 'shared/id.ts'))],
  ])('changes with %s', (_, change) => expect(hashSources([checkout(change)])).not.toBe(originalHash))

  it('is the same for a copy, and after a change of a test', () => {
    expect(hashSources([checkout()])).toBe(originalHash)
    expect(hashSources([checkout(write('test/ids.test.ts', 'it.skip'))])).toBe(originalHash)
  })

  it('changes with the sources of another checkout that configures a Worker', () => {
    const [own, other] = [checkout(), checkout()]
    const before = hashSources([own, other])
    write('shared/ids.ts', 'export const id = 3')(other)
    expect(new Set([originalHash, before, hashSources([own, other])]).size).toBe(3)
  })
})
