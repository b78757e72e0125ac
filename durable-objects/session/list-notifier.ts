/** Keeps the subject's list of sessions up to date. Each update carries the latest state, so an update may replace the one before. */
import { Subject, sessionListObjectName, TenantId } from '../../shared/ids.ts'
import { isGone } from '../../shared/session/session.ts'
import { logger } from '../logger.ts'
import { retryMs, type Timer } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** The least time between two updates, because each one is a write to the list. Milliseconds. */
const notifyIntervalMs = 100
/** How long a caller waits for the list. Milliseconds. */
const notifyTimeoutMs = 1_000

export class ListNotifier {
  readonly #env: Pick<StateEnv, 'HOME'>
  readonly #writer: SessionWriter
  /** The update in flight. */
  #sending: Promise<void> | null = null
  /** The update that starts when the one in flight ends. */
  #nextUpdate: Promise<void> | null = null
  #sentAt = 0
  /** The last event that this incarnation has sent to the list. */
  #sentSeq = 0
  #throttleTimer: ReturnType<typeof setTimeout> | null = null

  constructor(env: Pick<StateEnv, 'HOME'>, writer: SessionWriter) {
    this.#env = env
    this.#writer = writer
  }

  /** Whether an update is in flight. */
  get isNotifying(): boolean {
    return this.#sending !== null
  }

  /** Whether an update would exceed the throttle. */
  get isThrottled(): boolean {
    return this.#sending !== null || this.#throttleTimer !== null || Date.now() < this.#sentAt + notifyIntervalMs
  }

  /** Updates the list. Resolves when the list has responded, at the latest after `notifyTimeoutMs`. Never rejects: the timer `home` retries. */
  notify(): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(resolve, notifyTimeoutMs)
      void this.#notifyListSafely().then(() => {
        clearTimeout(timeout)
        resolve()
      })
    })
  }

  /** Updates the list after the throttle interval. */
  notifyLater(): void {
    this.#throttleTimer ??= setTimeout(() => {
      this.#throttleTimer = null
      void this.#notifyListSafely()
    }, notifyIntervalMs)
  }

  /** The timer `home` is due. Rejects if the list does not respond. */
  async onTimer({ kind }: Timer): Promise<void> {
    const { timers, state } = this.#writer
    await this.#notifyList()
    const isUpToDate = this.#writer.state.seq === state.seq
    this.#writer.write(() => (isUpToDate ? timers.drop(kind) : timers.put(kind, '', Date.now() + retryMs)))
  }

  #notifyListSafely(): Promise<void> {
    return this.#notifyList().catch((error) =>
      logger.write('home.unreachable', { error, ...this.#writer.requests.fields(this.#writer.state.lastTurnId) }),
    )
  }

  /** Sends one update at a time. Later callers share the next one. */
  #notifyList(): Promise<void> {
    if (this.#sending) {
      this.#nextUpdate ??= this.#sending
        .catch(() => {})
        .then(() => {
          this.#nextUpdate = null
          return this.#notifyList()
        })
      return this.#nextUpdate
    }
    const sending = this.#sendToList().finally(() => {
      this.#sending = null
    })
    this.#sending = sending
    return sending
  }

  async #sendToList(): Promise<void> {
    const { log, state } = this.#writer
    if (!state.subject || state.seq <= this.#sentSeq) return
    this.#sentAt = Date.now()
    const list = this.#env.HOME.getByName(sessionListObjectName(TenantId.parse(log.tenant), Subject.parse(state.subject)))
    await list.note({
      summary: log.summary(state),
      seq: state.seq,
      deleted: isGone(state),
      erase_at: state.eraseAt,
      is_sub: log.parentSession !== undefined,
    })
    this.#sentSeq = state.seq
  }
}
