/** The document check reports missing names, and ignores text that is not a path. */
import { describe, expect, it } from 'vitest'
import { missingIn } from '../../scripts/check/docs.ts'

const documents: Record<string, string> = { 'docs/a.md': '', 'docs/b.md': '# One\n## Two words, `three`\n' }

function problemsOf(text: string): string[] {
  return missingIn('docs/a.md', {
    files: new Set(['docs/a.md', 'docs/b.md', 'shared/ids.ts', 'test/e2e/kill.test.ts']),
    folders: new Set(['docs/', 'shared/', 'test/', 'test/e2e/']),
    scripts: new Set(['check']),
    read: (file) => (file === 'docs/a.md' ? text : (documents[file] ?? '')),
  })
}

describe('The document check', () => {
  it.each([
    '`shared/ids.ts`, `ids.ts`, `b.md`, `../shared/ids.ts`, `test/e2e/`, `test/e2e`, `test/*/kill.test.ts`',
    '`NAME.test.ts`, `tenant/session`, `/v1/sessions`, `item.closed`, `@scope/package`, `P.O`',
    '[b](b.md), [two](b.md#two-words-three), [here](#one), [web](https://example.com/x)\n# One',
    '`npm run check`, `npm run -s check -- FILE`',
    '```sh\ncat missing.ts\n```',
  ])('accepts %s', (text) => {
    expect(problemsOf(text)).toEqual([])
  })

  it.each([
    ['`shared/gone.ts`', 'docs/a.md: `shared/gone.ts` does not exist'],
    ['`gone.ts`', 'docs/a.md: `gone.ts` does not exist'],
    ['`test/gone/`', 'docs/a.md: `test/gone/` does not exist'],
    ['[c](c.md)', 'docs/a.md: the link c.md leads nowhere'],
    ['[c](b.md#three)', 'docs/a.md: the link b.md#three leads nowhere'],
    ['```sh\nnpm run gone\n```', 'docs/a.md: package.json has no script gone'],
  ])('rejects %s', (text, message) => {
    expect(problemsOf(text)).toEqual([message])
  })
})
