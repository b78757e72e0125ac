import { z } from 'zod'
import { toolSearchName } from '../../../shared/tool/search.ts'
import { tool } from '../../../shared/tool/tool.ts'

/** Finds tools that the prompt does not hold. */
export const toolSearch = tool({
  name: toolSearchName,
  description: 'Finds more tools by what they do. Found tools can be called in the next step.',
  arguments: {
    query: z.string().trim().min(1).max(400).meta({ description: 'What the tool should do, in a few words' }),
    limit: z.int().min(1).max(10).default(5),
  },
  effect: 'none',
  timeout_ms: 10_000,
  async run({ query, limit }, { services }) {
    const found = await services.tools.find(query, limit)
    return JSON.stringify({ tools: found.map(({ name, description, parameters }) => ({ name, description, parameters })) })
  },
})
