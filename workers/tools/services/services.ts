/** What tools may reach, made from the bindings of the Worker. */
import type { ToolServices } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { pythonRunner } from '../code/remote-python.ts'
import { memoryOf } from './memory.ts'
import { sessionsOf } from './sessions.ts'

/** The services of one call. */
export const toolServices = (env: ToolsEnv, job: CallJob): ToolServices => ({
  now: Date.now,
  web: env.WEB,
  code: env.CODE,
  python: pythonRunner(env),
  memory: memoryOf(env, job),
  sessions: sessionsOf(env, job),
})
