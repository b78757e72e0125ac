/** Branches of recorded sessions: what another model or policy changes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { logger } from '../../../durable-objects/logger.ts'
import builtInPlan from '../../../policy/plan.json' with { type: 'json' }
import { denialsOf, roleNamed } from '../../../scripts/replay/branch-options.ts'
import { type Branch, branchSession } from '../../../scripts/replay/branch-session.ts'
import { readRecordedSession } from '../../../scripts/replay/recorded-session.ts'
import type { ReplayedTurn } from '../../../scripts/replay/replay-turn.ts'
import type { Model, ModelChunk } from '../../../shared/model/model.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import { recordSession, type Script } from './record-session.ts'

logger.setLevel('error')
const folder = mkdtempSync(join(tmpdir(), 'branch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const usage: ModelChunk = { type: 'usage', usage: { input_tokens: 12, output_tokens: 5 } }
const text = (content: string): ModelChunk => ({ type: 'text', text: content })
const look = (at: unknown): ModelChunk => ({ type: 'call', name: 'look', arguments: JSON.stringify({ at }) })

/** Looks once, and then says what it saw. */
const script: Omit<Script, 'messages'> = {
  answer: ({ messages }) => {
    const last = messages.at(-1)
    return last?.role === 'tool'
      ? [text(`I saw ${last.text}.`), usage]
      : [look(messages.findLast(({ role }) => role === 'user')?.text), usage]
  },
  call: ({ arguments: args }) => ({ text: `something at ${JSON.parse(args).at}` }),
}

const recorded = async () => readRecordedSession(await recordSession({ ...script, messages: ['one', 'two', 'three'] }))

async function branch(options: Partial<Branch>): Promise<ReplayedTurn[]> {
  const turns: ReplayedTurn[] = []
  const session = await recorded()
  for await (const turn of branchSession(session, { from: 1, answerer: undefined, denies: () => undefined, ...options })) turns.push(turn)
  return turns
}

const tools: ToolSpec[] = [{ name: 'look', description: '', parameters: {}, effect: 'none', timeout_ms: 5_000 }]
const answererOf = (answer: (...args: Parameters<Script['answer']>) => readonly ModelChunk[]) => {
  const model: Model = {
    async *answer(request) {
      yield* answer(request)
    },
  }
  return { model, tools }
}

describe('A branch of a recorded session', () => {
  it('is equal with the same model, and starts at its turn', async () => {
    const turns = await branch({ from: 2, answerer: answererOf(script.answer as never) })
    expect(turns.map(({ position, differences }) => [position, differences])).toEqual([
      [2, []],
      [3, []],
    ])
  })

  it('shows what another model says, with the recorded results of its calls', async () => {
    const [first, second] = await branch({
      answerer: answererOf(({ messages }) => {
        const last = messages.at(-1)
        if (last?.role === 'tool') return [text(`Seen: ${last.text}`), usage]
        return [look(last?.text === 'two' ? 'elsewhere' : last?.text), usage]
      }),
    })
    expect(first?.differences).toEqual([
      expect.objectContaining({
        type: 'item.closed',
        pointer: '/text',
        recorded: 'I saw something at one.',
        replayed: 'Seen: something at one',
      }),
    ])
    // It follows the branch, and no tool ran.
    expect(second?.differences).toContainEqual(expect.objectContaining({ pointer: '/arguments', replayed: '{"at":"elsewhere"}' }))
    expect(second?.differences).toContainEqual(
      expect.objectContaining({ type: 'call.ended', pointer: '/text', replayed: 'This call is not in the recording, so it was not run.' }),
    )
  })

  it('gives the model what the branch has said', async () => {
    const seen: string[] = []
    await branch({
      answerer: answererOf(({ messages }) => {
        seen.push(messages.map((message) => message.text).join('|'))
        return [text(`answer ${seen.length}`), usage]
      }),
    })
    expect(seen).toEqual(['one', 'one|answer 1|two', 'one|answer 1|two|answer 2|three'])
  })

  it('shows the calls that another policy denies', async () => {
    const file = join(folder, 'plan.json')
    writeFileSync(file, JSON.stringify(builtInPlan))
    const session = await recorded()
    const deniedTo = (role: string) => denialsOf(file, roleNamed(role), session)({ name: 'look' } as never, '{"at":1}')
    expect(deniedTo('member')).toBeUndefined()
    expect(deniedTo('viewer')).toMatch(/^The policy does not allow `tool.execute`/)
    const [turn] = await branch({ denies: denialsOf(file, 'viewer', session) })
    expect(turn?.differences).toContainEqual(
      expect.objectContaining({ type: 'call.ended', pointer: '/outcome', recorded: 'completed', replayed: 'denied' }),
    )
    expect(() => roleNamed('king')).toThrow('--role must be one of')
    writeFileSync(file, '{}')
    expect(() => denialsOf(file, 'member', session)).toThrow('is no plan of a policy')
  })
})
