/** The conversations of the user that a call acts for. */
import { Subject, sessionListObjectName, TenantId } from '../../../shared/ids.ts'
import type { ToolSessions } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { titlesWith } from '../../../shared/tool/title-search.ts'
import { permit } from './permit.ts'

/** The conversations that a search reads: the most recently active ones. */
const searched = 500

/** The sessions port of one call. */
export const sessionsOf = (env: ToolsEnv, job: CallJob): ToolSessions => ({
  async find(query, limit) {
    await permit(env, job, 'sessions', { action: 'session.list' })
    const list = env.HOME.getByName(sessionListObjectName(TenantId.parse(job.tenant), Subject.parse(job.subject)))
    const { sessions } = await list.list(searched, null)
    return titlesWith(sessions, query, limit).map(({ session_id, title, updated_at }) => ({
      session_id,
      title,
      at: new Date(updated_at).toISOString(),
    }))
  },
})
