/**
 * Programs that call tools. A program and the calls that it waits for are recorded at once, and each result when it arrives. So a restart
 * continues it where it waits, and no call has its effect twice.
 */
import { valueUnits } from '../../shared/code/limits.ts'
import { openSnapshot, type Seal, sealKey, sealSnapshot } from '../../shared/code/seal.ts'
import type { Attempt, CallResult } from '../../shared/tool/executor.ts'
import type {
  ProgramCallTerms,
  ProgramClaim,
  ProgramOwner,
  RecordedProgramCall,
  StoredProgram,
  WaitingProgram,
} from '../../shared/tool/program-owner.ts'
import { isApproved } from './call-job.ts'
import type { CallRow } from './call-table.ts'
import type { SessionWriter } from './writer.ts'

export class Programs implements ProgramOwner {
  readonly #writer: SessionWriter
  /** The row of a claimed call, if the attempt is the current one. */
  readonly #claimed: (attempt: Attempt) => CallRow | undefined

  constructor(writer: SessionWriter, claimed: (attempt: Attempt) => CallRow | undefined) {
    this.#writer = writer
    this.#claimed = claimed
  }

  async openProgram(attempt: Attempt, catalog: number): Promise<StoredProgram | null> {
    const row = this.#claimed(attempt)
    if (!row) return null
    const { log } = this.#writer
    const now = log.calls.requestedAt(row)
    const calls = log.calls.ofProgram(row)
    const stored = log.programs.row(attempt.turn_id, attempt.call_id)
    const key = log.programs.key
    if (!stored || !key) return { now, step: null, calls }
    const { step, first, engine, sealed, console } = stored
    const opened = await openSnapshot(await sealKey(key), this.#seal(attempt, { step, engine, catalog }), sealed)
    // A snapshot that is refused is not used: the program starts again, and its calls keep their results.
    if (!opened.ok) return { now, step: null, calls }
    return { now, step: { snapshot: opened.value, console: JSON.parse(console) }, calls: calls.filter(({ id }) => id >= first) }
  }

  async keepProgram(attempt: Attempt, { snapshot, engine, catalog, console, calls }: WaitingProgram): Promise<boolean | null> {
    const { log } = this.#writer
    if (!this.#claimed(attempt)) return null
    if (!log.programs.key) this.#writer.write(() => log.programs.createKey())
    const step = (log.programs.row(attempt.turn_id, attempt.call_id)?.step ?? 0) + 1
    const key = await sealKey(log.programs.key ?? new Uint8Array())
    const sealed = await sealSnapshot(key, this.#seal(attempt, { step, engine, catalog }), snapshot)
    const row = this.#claimed(attempt)
    if (!row) return null
    const before = new Map(log.calls.ofProgram(row).map((call) => [call.id, call]))
    if (calls.some((call) => isOther(call, before.get(call.id)))) return false
    const first = Math.min(...calls.map(({ id }) => id))
    this.#writer.execute(
      { kind: 'keep_program', call_id: attempt.call_id, calls: calls.filter(({ id }) => !before.has(id)) },
      {
        afterEvents: () =>
          log.programs.put(attempt.turn_id, attempt.call_id, { step, first, engine, sealed, console: JSON.stringify(console) }),
      },
    )
    return true
  }

  async claimProgramCall(attempt: Attempt, id: number, { once, approval }: ProgramCallTerms): Promise<ProgramClaim | null> {
    const found = this.#call(attempt, id)
    if (!found) return null
    const { row, call } = found
    if (approval && !isApproved(this.#writer.log, row, approval)) return 'unapproved'
    if (call.isClaimed && once) return 'cut_off'
    if (!call.isClaimed) this.#writer.execute({ kind: 'claim_program_call', call_id: attempt.call_id, id })
    return 'granted'
  }

  async endProgramCall(attempt: Attempt, id: number, { outcome, text }: CallResult): Promise<true | null> {
    const found = this.#call(attempt, id)
    if (!found) return null
    if (found.call.result === null)
      this.#writer.execute({ kind: 'end_program_call', call_id: attempt.call_id, id, outcome, text: text.slice(0, valueUnits) })
    return true
  }

  #call(attempt: Attempt, id: number): { readonly row: CallRow; readonly call: RecordedProgramCall } | null {
    const row = this.#claimed(attempt)
    const call = row && this.#writer.log.calls.ofProgram(row).find((recorded) => recorded.id === id)
    return row && call ? { row, call } : null
  }

  #seal({ turn_id, call_id }: Attempt, rest: Pick<Seal, 'step' | 'engine' | 'catalog'>): Seal {
    const { tenant, session } = this.#writer.log
    return { tenant, session, call_id: `${turn_id}/${call_id}`, ...rest }
  }
}

/** Whether the program has made another call under this id before. */
const isOther = (call: Pick<RecordedProgramCall, 'name' | 'arguments'>, before: RecordedProgramCall | undefined): boolean =>
  before !== undefined && (before.name !== call.name || before.arguments !== call.arguments)
