/**
 * Messages on their way. Each has its key from the moment Enter was pressed, so sending one again (after a lost answer, a
 * reload, from two tabs) says it once. They leave in order, wait while we are offline, and stay on the screen when refused.
 */
import { Unreachable } from '../../../shared/client/errors.ts'
import { api } from './api.ts'
import { auth, signedOut } from './auth.ts'
import { online } from './connection.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'
import { inWords, isStatus, type Trouble } from './words.ts'

export interface Letter {
  readonly key: string
  readonly text: string
  readonly at: number
  readonly state: 'sending' | 'waiting' | 'sent' | 'failed'
  readonly trouble?: Trouble
}

const isLetters = (value: unknown): value is Letter[] =>
  Array.isArray(value) && value.every((letter) => typeof letter?.key === 'string' && typeof letter.text === 'string')

/** What the assistant may know about where we are. */
const metadata = () => ({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone })

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
  send(text: string): void {
    this.#change((letters) => [...letters, { key: crypto.randomUUID(), text, at: Date.now(), state: online.get() ? 'sending' : 'waiting' }])
    void this.drain()
  }

  resend(key: string): void {
    this.#update(key, { state: 'sending' })
    void this.drain()
  }

  discard(key: string): void {
    this.#change((letters) => letters.filter((letter) => letter.key !== key))
  }

  /** The log has these now: what stood in for them goes. */
  settle(known: ReadonlySet<string>): void {
    if (this.letters.get().some((letter) => known.has(letter.key)))
      this.#change((letters) => letters.filter((letter) => !known.has(letter.key)))
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
      await api.sendMessage({ session_id: this.#sessionId, message: letter.text, metadata: metadata() }, { key: letter.key })
      this.#update(letter.key, { state: 'sent' })
      this.#onOutcome({ ...letter, state: 'sent' })
      return true
    } catch (error) {
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
