import { z } from 'zod'
import { ListMemories } from '../../../shared/api/memory.ts'
import { tool } from '../../../shared/tool/tool.ts'

/** Finds memories of the user. */
export const memoryRecall = tool({
  name: 'memory_recall',
  description: 'Finds what the user said or what was saved in earlier conversations. An empty query lists the newest memories.',
  arguments: { query: ListMemories.shape.q, limit: z.int().min(1).max(20).default(5) },
  effect: 'none',
  timeout_ms: 10_000,
  async run({ query, limit }, { services }) {
    const memories = await services.memory.find(query, limit)
    return JSON.stringify(
      memories.map(({ id, key, text, created_at }) => ({ id, ...(key && { key }), text, at: new Date(created_at).toISOString() })),
    )
  },
})
