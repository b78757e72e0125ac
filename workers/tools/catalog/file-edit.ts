import { z } from 'zod'
import { callKey, tool } from '../../../shared/tool/tool.ts'

/** Replaces a passage of a file of the conversation. */
export const fileEdit = tool({
  name: 'file_edit',
  description:
    "Replaces a passage of a text file in the conversation's working folder. The old text must match exactly, and be there once unless `all` is set.",
  arguments: {
    path: z.string().min(1).meta({ description: 'The path in the working folder' }),
    old_text: z.string().min(1).meta({ description: 'The text to replace, with its spaces and line breaks' }),
    new_text: z.string().meta({ description: 'The text in its place. Empty: deletes the passage' }),
    all: z.boolean().default(false).meta({ description: 'Replaces every occurrence' }),
  },
  // A call that runs again is known by its id.
  effect: 'idempotent',
  timeout_ms: 15_000,
  async run({ path, old_text, new_text, all }, { services, job }) {
    const { file, count } = await services.files.edit(path, { old: old_text, new: new_text, all }, callKey(job))
    return JSON.stringify({ path: file.path, size: file.size, ...(count !== null && { replaced: count }) })
  },
})
