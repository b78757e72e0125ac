import { z } from 'zod'
import { tool } from '../../../shared/tool/tool.ts'

/** Lists the files of the conversation. */
export const fileList = tool({
  name: 'file_list',
  description: "Lists the files of the conversation's working folder, with those in its folders.",
  arguments: { path: z.string().default('').meta({ description: 'A folder. Empty: all files' }) },
  effect: 'none',
  timeout_ms: 15_000,
  async run({ path }, { services }) {
    const files = await services.files.list(path)
    return JSON.stringify(files.map(({ path, size, mime, status }) => ({ path, size, mime, ...(status !== 'clean' && { status }) })))
  },
})
