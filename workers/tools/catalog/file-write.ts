import { z } from 'zod'
import { callKey, tool } from '../../../shared/tool/tool.ts'

/** Writes a file of the conversation. */
export const fileWrite = tool({
  name: 'file_write',
  description:
    "Writes a text file in the conversation's working folder, and replaces what it had. The user sees the file. Folders need not be created.",
  arguments: {
    path: z.string().min(1).meta({ description: 'The path in the working folder, such as `notes/plan.md`' }),
    content: z.string().meta({ description: 'The whole text' }),
  },
  effect: 'idempotent',
  timeout_ms: 15_000,
  async run({ path, content }, { services, job }) {
    const written = await services.files.write(path, content, callKey(job))
    return JSON.stringify({ path: written.path, size: written.size })
  },
})
