/** The table of official clients. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/project.ts'
import { clientOf, clientTable, mergeTables, tableLines } from '../../../scripts/tests/client-table.ts'

const chat = 'test/e2e/faces/openai-chat.test.ts'

describe('The table of official clients', () => {
  it('counts passed, failed and refused cases of each client', () => {
    const table = clientTable([
      { file: chat, title: 'gets an answer', state: 'passed' },
      { file: chat, title: 'reads refusals in the shape of its API', state: 'passed' },
      { file: chat, title: 'cannot forge a result', state: 'failed' },
      { file: 'test/e2e/http.test.ts', title: 'refuses', state: 'passed' },
    ])
    expect(table).toEqual({ 'OpenAI chat completions: openai': { passed: 2, failed: 1, refused: 1 } })
    expect(mergeTables(table, table)).toEqual({ 'OpenAI chat completions: openai': { passed: 4, failed: 2, refused: 2 } })
    expect(tableLines(table)[1]).toMatch(/^OpenAI chat completions: openai +2 +1 +1$/)
    expect(tableLines({})).toEqual([])
  })

  it('has a row for each file of a face', () => {
    const others = new Set(['snippets.test.ts'])
    const files = readdirSync(join(root, 'test/e2e/faces')).filter((name) => !others.has(name))
    expect(files.filter((name) => clientOf(`test/e2e/faces/${name}`) === undefined)).toEqual([])
    expect(existsSync(join(root, chat))).toBe(true)
  })
})
