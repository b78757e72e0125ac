/** Every snippet of docs/clients.md runs as it stands, against the whole stack. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../scripts/project.ts'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'

const run = promisify(execFile)
const developmentUrl = 'http://localhost:8787'
// Inside of the project, so that the packages are found.
const folder = join(root, 'node_modules/.cache/soma/snippets')

/** The code blocks of the document, by the heading above. */
function snippets(): [heading: string, code: string][] {
  const found: [string, string][] = []
  let heading = ''
  for (const part of readFileSync(join(root, 'docs/clients.md'), 'utf8').split(/^(?=#+ |```ts\n)/m)) {
    if (part.startsWith('```ts\n')) found.push([heading, part.slice('```ts\n'.length, part.indexOf('\n```', 6))])
    else heading = part.slice(0, part.indexOf('\n'))
  }
  return found
}

let stack: SharedStack
beforeAll(async () => {
  stack = await sharedStack()
  mkdirSync(folder, { recursive: true })
}, 150_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('A snippet for clients', () => {
  it('exists for each protocol', () => {
    expect(snippets().length).toBeGreaterThanOrEqual(3)
    expect(snippets().every(([, code]) => code.includes(developmentUrl))).toBe(true)
  })

  it.each(snippets())('prints an answer: %s', async (heading, code) => {
    const file = join(folder, `${heading.replaceAll(/\W+/g, '-')}.mjs`)
    writeFileSync(file, code.replaceAll(developmentUrl, stack.url))
    const { stdout } = await run(process.execPath, [file], {
      cwd: root,
      env: { ...process.env, TOKEN: await stack.token('snippets', 'reader') },
      timeout: 60_000,
    })
    expect(stdout).toMatch(/\w+ \w+/)
  })
})
