/** The memories of a turn. An answer waits for them a moment only, and goes on without them. */
import type { MemorySearch } from '../../../durable-objects/memory/recall.ts'
import plan from '../../../policy/plan.json'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'
import { timedOut, withTimeout } from '../../../shared/lib/timeout.ts'
import { jobFields } from '../../../shared/log/fields.ts'
import { type Recall, type RecalledMemory, recallLimits, recallQuestions } from '../../../shared/memory/recall.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { builtInPolicy, DecisionPoint } from '../../../shared/policy/decision-point.ts'
import { authorizeOnBehalf, type DelegatedAction, type PolicyBindings } from '../../../shared/policy/delegated-action.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { auditBatched } from '../audit-batched.ts'
import { logger } from '../logger.ts'

/** The bindings that it needs. */
export interface RecallBindings extends PolicyBindings {
  readonly MEMORY: { getByName(name: string): { relevant(search: MemorySearch): Promise<RecalledMemory[]> } }
}

/** The turn that recalls. */
export type RecallJob = DelegatedAction & Pick<TurnJob, 'session' | 'messages' | 'metadata'>

const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))
const none: Recall = { memories: [] }

/**
 * The memories of the session's owner that fit the newest message; none, if `isOff` resolves to true. Never rejects, and takes at most `ms`. A
 * message of another user recalls none: its answer would tell that user what the owner said elsewhere.
 */
export async function recallFor(
  env: RecallBindings,
  job: RecallJob,
  isOff: boolean | Promise<boolean>,
  ms: number,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Recall> {
  if (job.metadata.sent_by !== undefined || isOff === true) return none
  const searched = search(env, job, isOff, waitUntil).catch((error): Recall => {
    logger.write('recall.failed', { error, ...jobFields(job) })
    return { memories: [], failure: 'unavailable' }
  })
  const recall = await withTimeout(searched, ms)
  return recall === timedOut ? { memories: [], failure: 'slow' } : recall
}

async function search(
  env: RecallBindings,
  job: RecallJob,
  isOff: boolean | Promise<boolean>,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Recall> {
  const owner = Subject.parse(job.subject)
  const memory = env.MEMORY.getByName(memoryObjectName(TenantId.parse(job.tenant), userNamespace(owner)))
  const request = { action: 'memory.recall', resource: { kind: 'memory', owner } } as const
  const deciding = authorizeOnBehalf(decisionPoint, env, job, request)
  deciding.catch(() => {})
  const questions = recallQuestions(job.messages)
  const found = await unlessOlder(() => memory.relevant({ questions, session: job.session, limit: recallLimits.memories }))
  // A search that finds nothing reads nothing, so nobody has to allow it.
  if (!found?.length || (await isOff)) return none
  const decision = await deciding
  if (!decision.allowed && (decision.reasons.includes('unavailable') || decision.reasons.includes('fault')))
    throw new Error('the policy cannot decide')
  auditBatched(env, job, 'memory:', decision, waitUntil)
  return decision.allowed ? { memories: found } : { memories: [], failure: 'denied' }
}
