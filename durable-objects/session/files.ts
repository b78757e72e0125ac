/** Tells the tenant's attachments which files the session has. The timer `files` repeats a call that failed. */
import { TenantId } from '../../shared/ids.ts'
import { withTimeout } from '../../shared/lib/timeout.ts'
import { logger } from '../logger.ts'
import { retryMs, type Timer } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** How long a caller waits for the call. Milliseconds. */
const waitMs = 1_000
/** The key of the timer that releases all files of a deleted session. Other keys are turns with files. */
const releaseKey = ''

export class SessionFiles {
  readonly #env: Pick<StateEnv, 'ATTACHMENTS'>
  readonly #writer: SessionWriter

  constructor(env: Pick<StateEnv, 'ATTACHMENTS'>, writer: SessionWriter) {
    this.#env = env
    this.#writer = writer
  }

  /** Claims the files of a turn now. Never rejects: the timer repeats the call. */
  claim(turnId: string): Promise<void> {
    return this.#runSafely(turnId)
  }

  /** Releases the files of a deleted session now. Never rejects: the timer repeats the call. */
  release(): Promise<void> {
    return this.#runSafely(releaseKey)
  }

  /** A timer is due. Rejects if the attachments do not respond. */
  async onTimer({ key }: Pick<Timer, 'key'>): Promise<void> {
    const { log, timers, state } = this.#writer
    const attachments = this.#env.ATTACHMENTS.getByName(TenantId.parse(log.tenant))
    const turn = key === releaseKey ? undefined : log.turn(key)
    if (state.deleted) await attachments.releaseSession(log.session)
    else if (turn) await attachments.hold(log.session, log.branches.messageContent(turn).attachments?.map(({ id }) => id) ?? [])
    // A session that was deleted meanwhile has dropped this timer, and has one of its own.
    this.#writer.write(() => timers.drop('files', key))
  }

  async #runSafely(key: string): Promise<void> {
    if (!this.#writer.timers.has('files', key)) return
    const fields = this.#writer.requests.fields(this.#writer.state.lastTurnId)
    const call = this.onTimer({ key }).catch((error) => logger.write('files.unreachable', { error, ...fields }))
    await withTimeout(call, waitMs)
  }
}

/** Schedules the claim of a turn's files. Call inside a transaction. */
export const scheduleClaim = ({ timers }: SessionWriter, turnId: string): void => timers.put('files', turnId, Date.now() + retryMs)

/** Schedules the release of all files. Call inside a transaction. */
export function scheduleRelease({ timers }: SessionWriter): void {
  timers.dropAll('files')
  timers.put('files', releaseKey, Date.now() + retryMs)
}
