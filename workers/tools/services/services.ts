/** What tools may reach, made from the bindings of the Worker. */
import type { ToolServices } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import type { ToolDeclaration } from '../../../shared/tool/tool.ts'
import { pythonRunner } from '../code/remote-python.ts'
import { documentsOf } from './documents.ts'
import { filesOf } from './files.ts'
import { memoryOf } from './memory.ts'
import { sessionsOf } from './sessions.ts'
import { toolsOf } from './tools.ts'

/** The services of one call. `declared`: every tool of its workspace. */
export const toolServices = (env: ToolsEnv, job: CallJob, declared: () => Promise<readonly ToolDeclaration[]>): ToolServices => ({
  now: Date.now,
  web: env.WEB,
  mcp: env.MCP,
  code: env.CODE,
  python: pythonRunner(env),
  memory: memoryOf(env, job),
  sessions: sessionsOf(env, job),
  files: filesOf(env, job),
  documents: documentsOf(env, job),
  tools: toolsOf(env, job, declared),
})
