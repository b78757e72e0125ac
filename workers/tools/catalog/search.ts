import { z } from 'zod'
import { memoryLimits } from '../../../shared/api/memory.ts'
import { tool } from '../../../shared/tool/tool.ts'

/** Finds earlier conversations of the user, and what was said there. */
export const search = tool({
  name: 'search',
  description: "Searches the user's earlier conversations by title, and what the user said in them.",
  arguments: { query: z.string().trim().min(1).max(memoryLimits.queryUnits), limit: z.int().min(1).max(20).default(5) },
  effect: 'none',
  timeout_ms: 15_000,
  async run({ query, limit }, { services }) {
    const [sessions, memories] = await Promise.all([services.sessions.find(query, limit), services.memory.find(query, limit)])
    const said = memories.map(({ text, source }) => ({ text, ...(source && { session_id: source.session_id }) }))
    return JSON.stringify({ sessions, said })
  },
})
