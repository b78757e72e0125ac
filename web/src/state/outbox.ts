/**
 * Messages on their way. Each has its key from the moment Enter was pressed, so sending one again (after a lost answer, a
 * reload, from two tabs) says it once. They leave in order, wait while we are offline, and stay on the screen when refused.
 */
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'
import { api } from './api.ts'
import { auth, signedOut } from './auth.ts'
import { online } from './connection.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'
import { inWords, isStatus, type Trouble } from './user-error.ts'

/** Where a message is said. */
export interface Place {
  /** The turn its writer saw before it; `null`: none. Absent: whatever comes last when it arrives. */
  readonly parent?: string | null
  /** The turn that it is said instead of. */
  readonly instead?: string
}

export interface Letter extends Place {
  readonly key: string
  readonly text: string
  readonly at: number
  readonly state: 'sending' | 'waiting' | 'sent' | 'failed'
  readonly trouble?: Trouble
  /** What it became, once the server has said so. */
  readonly turnId?: string
  /** The letter that it was written after, until that one has become a turn. */
  readonly follows?: string
}

const isLetters = (value: unknown): value is Letter[] =>
  Array.isArray(value) && value.every((letter) => typeof letter?.key === 'string' && typeof letter.text === 'string')

/** What the assistant may know about where we are. */
export const metadata = () => ({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone })

export class Outbox {
  readonly letters: Signal<readonly Letter[]>
  readonly #sessionId: string
  readonly #onOutcome: (letter: Letter) => void
  #draining = false
  readonly #drops: (() => void)[]

  constructor(sessionId: string, onOutcome: (letter: Letter) => void) {
    this.#sessionId = sessionId
    this.#onOutcome = onOutcome
    const left = load(this.#storageKey, isLetters) ?? []
    this.letters = signal<readonly Letter[]>(left.map((letter) => (letter.state === 'failed' ? letter : { ...letter, state: 'waiting' })))
    this.#drops = [online.subscribe(() => void this.drain()), auth.subscribe(() => void this.drain())]
  }

  get #storageKey(): string {
    return `soma.outbox.${this.#sessionId}`
  }

  close(): void {
    for (const drop of this.#drops) drop()
  }

  /** Takes a message. It is on the screen before anything else happens. */
  send(text: string, place: Place): void {
    const state = online.get() ? 'sending' : 'waiting'
    const letter = { key: crypto.randomUUID(), text, at: Date.now(), state, ...this.#after(place) } as const
    this.#change((letters) => [...letters, letter])
    void this.drain()
  }

  /** After the last letter that is on its way, if there is one. */
  #after(place: Place): Place & Pick<Letter, 'follows'> {
    const before = this.letters.get().findLast((letter) => letter.state !== 'failed')
    if (before === undefined || place.instead !== undefined) return place
    if (before.turnId !== undefined) return { parent: before.turnId }
    return before.state === 'sent' ? {} : { ...place, follows: before.key }
  }

  /** Tries again. What is said instead of a turn keeps its place; else it comes after what its writer sees now. */
  resend(key: string, place: Place): void {
    const letter = this.letters.get().find((each) => each.key === key)
    if (letter !== undefined) this.#update(key, { state: 'sending', ...(letter.instead === undefined && place) })
    void this.drain()
  }

  discard(key: string): void {
    this.#change((letters) => letters.filter((letter) => letter.key !== key))
  }

  /** What the log has now goes, and what was written after it knows its place. */
  settle(turnOf: (key: string) => string | undefined): void {
    for (const { key } of this.letters.get()) {
      const turnId = turnOf(key)
      if (turnId === undefined) continue
      this.#became(key, turnId)
      this.discard(key)
    }
  }

  async drain(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    try {
      while (online.get() && auth.get().kind === 'in') {
        const next = this.letters.get().find((letter) => letter.state === 'sending' || letter.state === 'waiting')
        if (next === undefined) return
        if (!(await this.#sendOne(next))) return
      }
    } finally {
      this.#draining = false
    }
  }

  async #sendOne(letter: Letter): Promise<boolean> {
    this.#update(letter.key, { state: 'sending' })
    try {
      const { key, text: message, parent: parent_turn_id } = letter
      const said = { session_id: this.#sessionId, message, metadata: metadata(), ...(parent_turn_id !== undefined && { parent_turn_id }) }
      const { turn_id } = await api.sendMessage(said, { key })
      this.#became(key, turn_id)
      this.#update(key, { state: 'sent', turnId: turn_id })
      this.#onOutcome({ ...letter, state: 'sent' })
      return true
    } catch (error) {
      if (error instanceof ApiError && error.problem.type === '/problems/idempotency_mismatch') {
        // It arrived the first time, when its place was another: the log will show it.
        this.#update(letter.key, { state: 'sent' })
        this.#onOutcome({ ...letter, state: 'sent' })
        return true
      }
      if (isStatus(error, 401)) {
        this.#update(letter.key, { state: 'waiting' })
        await signedOut()
      } else if (error instanceof Unreachable) {
        this.#update(letter.key, online.get() ? { state: 'failed', trouble: inWords(error) } : { state: 'waiting' })
      } else this.#update(letter.key, { state: 'failed', trouble: inWords(error) })
      this.#onOutcome({ ...letter, state: 'failed' })
      return false
    }
  }

  /** Who was written after the letter `key` follows its turn. */
  #became(key: string, turnId: string): void {
    if (!this.letters.get().some((letter) => letter.follows === key)) return
    this.#change((letters) => letters.map((letter) => (letter.follows === key ? following(letter, turnId) : letter)))
  }

  #update(key: string, change: Partial<Letter>): void {
    this.#change((letters) => letters.map((letter) => (letter.key === key ? { ...letter, ...change } : letter)))
  }

  #change(change: (letters: readonly Letter[]) => readonly Letter[]): void {
    this.letters.set(change)
    // What the server has confirmed needs no second life.
    const kept = this.letters.get().filter((letter) => letter.state !== 'sent')
    save(this.#storageKey, kept.length === 0 ? null : kept)
  }
}

const following = ({ follows: _, ...letter }: Letter, parent: string): Letter => ({ ...letter, parent })
