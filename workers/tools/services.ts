/** What tools may reach, made from the bindings of the Worker. */
import type { ToolServices } from '../../shared/tool/context.ts'

/** The services of one call. */
export const toolServices = (env: ToolsEnv): ToolServices => ({ now: Date.now, web: env.WEB })
