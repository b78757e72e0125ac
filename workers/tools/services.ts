/** What tools may reach, made from the bindings of the Worker. */
import type { ToolServices } from '../../shared/tool/context.ts'
import { pythonRunner } from './code/remote-python.ts'

/** The services of one call. */
export const toolServices = (env: ToolsEnv): ToolServices => ({
  now: Date.now,
  web: env.WEB,
  code: env.CODE,
  python: pythonRunner(env),
})
