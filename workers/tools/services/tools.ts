/** The tools that the user of a call may call. */
import type { ToolFinder } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { ToolIndex, toolSearchName } from '../../../shared/tool/search.ts'
import type { ToolDeclaration } from '../../../shared/tool/tool.ts'
import { offered } from '../catalog-of.ts'

/** The finder of one call. The catalog is read again, so a disabled tool is not found. */
export const toolsOf = (env: ToolsEnv, job: CallJob, declared: () => Promise<readonly ToolDeclaration[]>): ToolFinder => ({
  async find(query, limit) {
    const tools = await offered(await declared(), job, env)
    return new ToolIndex(tools.filter(({ name }) => name !== toolSearchName)).search(query, limit)
  },
})
