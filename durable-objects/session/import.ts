/** Imports a session from parts of its log. The state between two parts lives in memory, so a restart of the object loses the import. */
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { emptySession, type SessionState } from '../../shared/session/session.ts'
import type { ImportPart } from './ports.ts'
import type { SessionWriter } from './writer.ts'

export class SessionImport {
  /** The import that expects its next part, and the state after its parts so far. */
  #pending: { readonly id: string; readonly state: SessionState } | null = null

  /** Records one part. True: it was the last, and the session exists. Fails with `unavailable` if earlier parts are lost. */
  add(writer: SessionWriter, { tenant, session, id, events, first, last }: ImportPart): Result<boolean, Failure> {
    const before = first ? emptySession : this.#pending?.id === id ? this.#pending.state : null
    if (!before) return fail({ kind: 'unavailable', what: 'This import' })
    this.#pending = null
    const state = writer.importStep(tenant, session, before, events, last)
    if (!last) this.#pending = { id, state }
    return ok(last)
  }

  /** Forgets the parts so far: their tables are erased. */
  forget(): void {
    this.#pending = null
  }
}
