/** Bounds of a task of the utility model. */
import { describe, expect, it } from 'vitest'
import { type Model, type ModelChunk, ModelError } from '../../../shared/model/model.ts'
import { runTask, type UtilityTask } from '../../../workers/conversation/utility/utility-model.ts'

const task: UtilityTask = { name: 'title', instructions: 'Write a title.', input: 'data', maxTokens: 10 }

/** A model that plays one behaviour for each call, and counts the calls. */
function scripted(...behaviours: ((signal: AbortSignal) => AsyncGenerator<ModelChunk>)[]) {
  const seen = { calls: 0, isAborted: false }
  const model: Model = {
    answer: (_, signal) => {
      signal.addEventListener('abort', () => (seen.isAborted = true))
      const behaviour = behaviours[seen.calls++]
      if (!behaviour) throw new Error('called too often')
      return behaviour(signal)
    },
  }
  return { model, seen }
}

const says = (text: string) =>
  async function* (): AsyncGenerator<ModelChunk> {
    yield { type: 'text', text }
  }
const fails = (error: Error) =>
  // biome-ignore lint/correctness/useYield: it fails first
  async function* (): AsyncGenerator<ModelChunk> {
    throw error
  }
const busy = fails(new ModelError('busy', { afterMs: 1 }))
async function* endless(): AsyncGenerator<ModelChunk> {
  for (;;) yield { type: 'text', text: 'word '.repeat(100) }
}
async function* silent(): AsyncGenerator<ModelChunk> {
  await new Promise(() => {})
}

describe('A task of the utility model', () => {
  it('is tried once more after a failure that may pass, and after an empty answer', async () => {
    for (const first of [busy, says(' \n')]) {
      const { model, seen } = scripted(first, says(' Trip \n'))
      expect(await runTask(model, 'tiny', task, 20_000)).toEqual({ ok: true, text: 'Trip', model: 'tiny' })
      expect(seen.calls).toBe(2)
    }
  })

  it('is tried twice at most, and once if the failure stays', async () => {
    for (const [behaviours, reason, calls] of [
      [[busy, busy], 'failed', 2],
      [[says(''), says('')], 'empty', 2],
      [[fails(new ModelError('no key'))], 'failed', 1],
      [[fails(new TypeError('bug'))], 'failed', 1],
    ] as const) {
      const { model, seen } = scripted(...behaviours)
      expect(await runTask(model, 'tiny', task, 20_000)).toEqual({ ok: false, reason })
      expect(seen.calls).toBe(calls)
    }
  })

  it('ends after its time, even if the model ignores the abort or asks to wait for longer', async () => {
    for (const behaviour of [silent, fails(new ModelError('busy', { afterMs: 3_600_000 }))]) {
      const { model, seen } = scripted(behaviour)
      expect(await runTask(model, 'tiny', task, 30)).toEqual({ ok: false, reason: 'slow' })
      expect(seen).toEqual({ calls: 1, isAborted: true })
    }
  })

  it('reads a bounded part of an answer that does not end', async () => {
    const { model, seen } = scripted(endless)
    const result = await runTask(model, 'tiny', task, 20_000)
    expect(result.ok && result.text.length).toBeLessThanOrEqual(80)
    expect(seen.calls).toBe(1)
  })
})
