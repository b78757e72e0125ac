/** Conversations continue while the memory objects fail. Afterwards every message is remembered once. */
import { describe, expect, it } from 'vitest'
import type { MemoryList } from '../../shared/api/memory.ts'
import type { Event } from '../../shared/events/event.ts'
import { build } from '../chaos/build.ts'
import { startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { user } from '../support/user.ts'

describe('While memory is unavailable', () => {
  it('conversations continue, and after recovery every message is remembered once', async () => {
    const release = await build()
    release.deploy('Memory', "  hear(): never {\n    throw new Error('memory is down')\n  }")
    const stack = await startStack({ project: release.project, watch: true })
    try {
      const carol = user(stack.url, await stack.token('acme', 'carol'))
      const memories = async () =>
        ((await (await carol.call('GET', '/v1/memories')).json()) as MemoryList).memories.map(({ text }) => text).reverse()
      const texts = ['My brain is down today.', 'It will be up tomorrow.']
      const { session_id } = await carol.send(texts[0] ?? '')
      await until(async () => (stack.output().includes('memory.failed') ? true : undefined))
      await carol.send(texts[1] ?? '', { session_id })
      await until(async () => {
        const page = await carol.call('GET', `/v1/sessions/${session_id}/events?limit=500`)
        const { events } = (await page.json()) as { events: Event[] }
        const ends = events.filter((event) => event.type === 'turn.ended')
        expect(ends.every(({ outcome }) => outcome === 'completed')).toBe(true)
        return ends.length === 2 ? true : undefined
      })
      expect(await memories()).toEqual([])
      release.deploy('Memory', null)
      await until(async () => ((await memories()).length > 1 ? true : undefined), 90_000)
      expect(await memories()).toEqual(texts)
    } finally {
      await stack.stop()
      release.remove()
    }
  }, 240_000)
})
