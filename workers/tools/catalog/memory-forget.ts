import { z } from 'zod'
import { ToolFailure, tool } from '../../../shared/tool/tool.ts'

/** Deletes a memory of the user. */
export const memoryForget = tool({
  name: 'memory_forget',
  description: 'Deletes one memory of the user for good.',
  arguments: { id: z.string().min(1).max(64).meta({ description: 'The `id` that memory_recall or memory_save returned' }) },
  effect: 'idempotent',
  timeout_ms: 10_000,
  approval: 'ask',
  async run({ id }, { services }) {
    if (!(await services.memory.forget(id))) throw new ToolFailure(`There is no memory ${JSON.stringify(id)}. Use an id of memory_recall.`)
    return JSON.stringify({ forgotten: id })
  },
})
