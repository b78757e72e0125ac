import { Remember } from '../../../shared/api/memory.ts'
import { tool } from '../../../shared/tool/tool.ts'

/** Stores a fact about the user. */
export const memorySave = tool({
  name: 'memory_save',
  description: 'Stores a fact about the user under a key, for later conversations. The same key replaces the fact.',
  arguments: Remember.shape,
  effect: 'idempotent',
  timeout_ms: 10_000,
  async run({ key, value }, { services }) {
    const { id } = await services.memory.save(key, value)
    return JSON.stringify({ saved: key, id })
  },
})
