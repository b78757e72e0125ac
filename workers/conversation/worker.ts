/** Runs turns and calls models. Wiring only: shared/turn and the session's object decide what happens in a turn. */
import { env, WorkerEntrypoint } from 'cloudflare:workers'
import { SessionId, sessionObjectName, TenantId } from '../../shared/ids.ts'
import { jobFields } from '../../shared/log/fields.ts'
import { isMemoryOff } from '../../shared/memory/switches.ts'
import { delegatedRole } from '../../shared/policy/delegated-action.ts'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { AttemptRecorder } from '../../shared/turn/recording.ts'
import { runTurn } from '../../shared/turn/run.ts'
import type { Runner, RunnerLine, TurnJob } from '../../shared/turn/runner.ts'
import { TurnFiles } from './attachments/turn-files.ts'
import { attemptLog } from './attempt-log.ts'
import { consumeDoorbells } from './doorbells.ts'
import { keepRecording } from './keep-recording.ts'
import { logger } from './logger.ts'
import { recallFor } from './memory/turn-recall.ts'
import { withAnswerCache } from './models/answer-cache.ts'
import { candidatesFor } from './models/candidates.ts'
import { guardedModel } from './models/guarded-model.ts'
import { metered } from './models/meter.ts'
import { offeredTools } from './models/offered-tools.ts'
import { structured } from './models/structured.ts'
import { settingsOf, turnTenant } from './models/tenant-settings.ts'
import { timeoutsFor } from './models/timeouts.ts'
import { wideContext } from './models/wide-context.ts'
import { TurnAccounts } from './personas/turn-accounts.ts'
import { ownInstructionsOf, personasAbove, turnPersona } from './personas/turn-persona.ts'
import { fitHistory } from './utility/compaction.ts'
import { AnswerStart, writeTitle } from './utility/title.ts'
import { utilityModel } from './utility/utility-model.ts'

// `ModelDesk` is the wire name: gateways of the previous release bind to it.
export { ModelAdmin as ModelDesk } from './models/model-admin.ts'
export { Vault } from './secrets/vault.ts'

logger.setLevel(readVariable(env, 'SOMA_LOG_LEVEL'))

/** The runner that session objects call. */
export class TurnRunner extends WorkerEntrypoint<ConversationEnv> implements Runner {
  constructor(ctx: ExecutionContext, env: ConversationEnv) {
    super(ctx, withResidency(env))
  }

  /** Runs one attempt of a turn. Resolves when the session has the whole stream or cancels it. Aborts the model call at the end. */
  async run(job: TurnJob): Promise<void> {
    const attempt = new AbortController()
    const log = attemptLog(job)
    const tenant = TenantId.parse(job.tenant)
    const name = sessionObjectName(tenant, SessionId.parse(job.session))
    const bindings = { ...this.env, ACCOUNTS: new TurnAccounts(this.env.ACCOUNTS) }
    // Read while the session attaches the stream.
    const read = turnTenant(this.env, tenant, job)
    read.catch(() => {})
    const above = personasAbove(this.env, job)
    above.catch(() => {})
    const own = ownInstructionsOf(bindings, job)
    own.catch(() => {})
    const account = { tenant, persona: job.persona_id, user: job.subject, job, attempt: `${job.session}/${job.turn_id}/${job.token}` }
    const waitUntil = (work: Promise<unknown>) => this.ctx.waitUntil(work)
    const isOff = read.then(({ stored, persona }) => isMemoryOff('recall', job, stored.settings, persona?.persona))
    isOff.catch(() => {})
    // Once for an attempt, beside the other reads.
    const recalled =
      job.metadata.memory === 'off'
        ? { memories: [] }
        : recallFor(bindings, job, isOff, readVariable(this.env, 'SOMA_RECALL_MS'), waitUntil)
    const choose = async () => {
      const [{ stored, persona }, recall] = await Promise.all([read, recalled])
      const { instructions } = await turnPersona(bindings, job, stored.settings, persona, await own)
      const { ttl_seconds } = stored.settings.answer_cache
      const candidates = candidatesFor(this.env, tenant, stored, job, persona?.persona).map((candidate) => ({
        ...candidate,
        model: guardedModel(withAnswerCache(candidate, tenant, ttl_seconds, job, waitUntil), candidate.name, job, bindings, waitUntil),
      }))
      const session = this.env.SESSION.getByName(name)
      const utility = utilityModel(this.env, tenant, stored.settings, job, waitUntil)
      const fit = async (ownTokens: number) =>
        (await fitHistory({ session, job, candidate: candidates[0], ownTokens, utility })) ?? wideContext(session, job, candidates)
      return { settings: stored.settings, candidates, persona, above: await above, instructions, recall, fit, files }
    }
    const files = new TurnFiles(this.env, job)
    const answer = new AnswerStart()
    const observe = (line: RunnerLine) => {
      log.observe(line)
      answer.observe(line)
      recorder.observe(line)
    }
    const asked = async () => {
      const format = job.response_format ?? (await read).persona?.persona.response_format ?? undefined
      return { format, restarts: job.restarts ?? false }
    }
    const days = read.then(
      ({ stored }) => stored.settings.recordings.days,
      () => 0,
    )
    const recorder = new AttemptRecorder(async () => (await days) > 0)
    const model = recorder.record(structured(metered(this.env, account, choose, waitUntil), asked))
    const versions = read.then(({ tools }) => tools)
    const tools = offeredTools(this.env, job, versions, () => delegatedRole(bindings, job))
    try {
      const lines = runTurn(model, job, attempt.signal, timeoutsFor(this.env, job), tools, observe)
      await this.env.SESSION.getByName(name).attach(job.turn_id, job.token, lines)
      if (recorder.body !== undefined) waitUntil(keepRecording(this.env.SESSION.getByName(name), job, recorder.body, await days))
      if (job.untitled && answer.isCompleted) waitUntil(this.#title(job, tenant, name, answer.text, waitUntil))
    } finally {
      // Cancelling the stream does not stop a silent model; the signal does.
      attempt.abort()
      log.end()
    }
  }

  /** Titles the session of `job`, if the workspace has a utility model. Never rejects. */
  async #title(job: TurnJob, tenant: TenantId, name: string, answer: string, waitUntil: (work: Promise<unknown>) => void): Promise<void> {
    try {
      const { settings } = await settingsOf(this.env, tenant)
      const utility = utilityModel(this.env, tenant, settings, job, waitUntil)
      if (utility) await writeTitle(this.env.SESSION.getByName(name), job.turn_id, job.messages, answer, utility)
    } catch (error) {
      logger.write('title.failed', { error, ...jobFields(job) })
    }
  }
}

export default {
  fetch: () => new Response(null, { status: 404 }),
  queue: (batch, env) => consumeDoorbells(batch, (name) => withResidency(env).SESSION.getByName(name).dispatch()),
} satisfies ExportedHandler<ConversationEnv>
