/** What users decide about waiting calls. Each decision is judged again, and recorded by the session alone. */
import type { DecideCall, PendingCall } from '../../shared/api/calls.ts'
import type { Subject } from '../../shared/ids.ts'
import type { Failure, InvalidField } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Decision } from '../../shared/session/call.ts'
import type { SessionState } from '../../shared/session/session.ts'
import { askMs, type Executor, type Verdict } from '../../shared/tool/executor.ts'
import { programCallJob } from '../../shared/tool/program-call.ts'
import { callJob } from './call-job.ts'
import type { CallRow } from './call-table.ts'
import { requesterOf } from './views.ts'
import type { SessionWriter } from './writer.ts'

/** What follows a decision. */
interface Hooks {
  /** Inside the transaction: schedules the call, which runs or has ended. */
  schedule(after: SessionState, row: CallRow): void
  /** After the transaction. */
  onDecided(callId: string): void
}

type Asking = Extract<Verdict, { kind: 'ask' }>
/** The approval that is recorded, or why there is none. */
type Approval = Result<Decision, Failure>

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

export class CallDecisions {
  readonly #writer: SessionWriter
  readonly #executor: Executor
  readonly #hooks: Hooks

  constructor(writer: SessionWriter, executor: Executor, hooks: Hooks) {
    this.#writer = writer
    this.#executor = executor
    this.#hooks = hooks
  }

  /** The call, if it waits for a user. */
  pending(callId: string): PendingCall | null {
    const { log, state } = this.#writer
    const row = this.#row(callId)
    const parked = row && log.calls.parked(row)
    if (!row || !parked || !state.running || (row.state !== 'parked' && row.state !== 'unresolved')) return null
    const { name, effect } = log.calls.requested(row)
    const turn = log.turn(state.running)
    const role_at_most = turn && log.turnRequest(turn).role_at_most
    const { type: _, origin: __, seq: ___, ...asked } = parked
    return {
      ...asked,
      name: parked.program?.name ?? name,
      effect: parked.program?.effect ?? effect,
      requester: requesterOf(this.#writer, state.running) ?? '',
      ...(role_at_most && { role_at_most }),
    }
  }

  /** Records the decision. Fails if the call does not wait, asks something else now, or may not run so. */
  async decide(callId: string, wanted: DecideCall, by: Subject): Promise<Result<{ call_id: string; approved: boolean }, Failure>> {
    const row = this.#row(callId)
    const parked = row && this.#writer.log.calls.parked(row)
    if (row?.state === 'unresolved')
      return fail({ kind: 'malformed', detail: 'The call was cut off. Send what became of it to `/resolution`.' })
    if (row?.state !== 'parked' || !parked) return fail({ kind: 'not_found' })
    if (wanted.binding !== undefined && wanted.binding !== parked.binding) return fail({ kind: 'call_changed' })
    const problem = problemOf(wanted, parked.ask === 'question')
    if (problem) return fail({ kind: 'invalid', errors: [problem] })
    const { approved, answer, reason } = wanted
    if (!approved || parked.ask === 'question') {
      const decision = { approved, by, ...(answer !== undefined && { answer }), ...(reason && { reason }) }
      return this.#record(row, decision)
    }
    const approval = await this.#approve(row, wanted, by)
    if (!approval.ok) return approval
    // The object may have handled other requests meanwhile.
    const current = this.#row(callId)
    if (current?.state !== 'parked') return fail({ kind: 'not_found' })
    if (this.#writer.log.calls.parked(current)?.seq !== parked.seq) return fail({ kind: 'call_changed' })
    return this.#record(current, approval.value)
  }

  /** Judges the call as it would run now. If it is not what the user was asked for, it is asked again. */
  async #approve(row: CallRow, { arguments: edited, remember }: DecideCall, by: Subject): Promise<Approval> {
    const parked = this.#writer.log.calls.parked(row)
    const program = parked?.program
    if (program && edited) return invalid('/arguments', 'must be absent for a call of a program')
    const own = callJob(this.#writer, row, edited && JSON.stringify(edited))
    if (!own) return fail({ kind: 'not_found' })
    const job = program ? programCallJob(own, program.id, program.name, parked.arguments ?? '') : own
    let verdict: Verdict
    try {
      verdict = await this.#executor.judge(job)
    } catch {
      return fail({ kind: 'unavailable', what: 'The tools' })
    }
    if (verdict.kind === 'end') {
      const { reasons, result } = verdict
      if (reasons) return fail({ kind: 'denied', action: 'tool.execute', reasons })
      return edited ? invalid('/arguments', result.text) : fail({ kind: 'malformed', detail: result.text })
    }
    const need = verdict.kind === 'ask' ? verdict.need : null
    if (!edited && verdict.kind === 'ask' && need?.binding !== parked?.binding) {
      this.#askAgain(row, parked?.seq, program ? { ...verdict, ask: { ...verdict.ask, program } } : verdict)
      return fail({ kind: 'call_changed' })
    }
    const grant = need?.grant ?? null
    if (remember && grant === null) return invalid('/remember', 'must be absent: each call of this tool needs its own approval')
    const isRemembered = grant !== null && (remember === true || (verdict.kind === 'ask' && verdict.ask.rule === 'once'))
    const decision: Decision = {
      approved: true,
      by,
      ...(edited && { arguments: verdict.arguments }),
      ...(need && { binding: need.binding }),
      ...(isRemembered && { remember: true, grant, grant_tool: job.name }),
    }
    return ok(decision)
  }

  /** Records what the call asks now, unless it was decided meanwhile. */
  #askAgain(row: CallRow, askedSeq: number | undefined, { reason, ask }: Asking): void {
    const current = this.#row(row.call_id)
    if (current?.state !== 'parked' || this.#writer.log.calls.parked(current)?.seq !== askedSeq) return
    const until = Date.now() + askMs
    this.#writer.execute(
      { kind: 'park_call', call_id: row.call_id, reason, until, ask },
      { afterEvents: () => this.#writer.timers.put('call', row.call_id, until) },
    )
  }

  #record(row: CallRow, decision: Decision) {
    const { call_id } = row
    this.#writer.execute(
      { kind: 'decide_call', call_id, ...decision },
      {
        afterEvents: (after) => this.#hooks.schedule(after, row),
      },
    )
    this.#hooks.onDecided(call_id)
    return ok({ call_id, approved: decision.approved })
  }

  #row(callId: string): CallRow | undefined {
    const { log, state } = this.#writer
    return state.running ? log.calls.row(state.running, callId) : undefined
  }
}

/** The field that does not fit the decision. */
function problemOf({ approved, answer, arguments: edited, remember, reason }: DecideCall, isQuestion: boolean): InvalidField | null {
  const absent = (pointer: string, why: string) => ({ pointer, detail: `must be absent ${why}` })
  if (reason && approved) return absent('/reason', 'in an approval')
  if (!approved && (edited || remember || answer !== undefined))
    return absent(edited ? '/arguments' : remember ? '/remember' : '/answer', 'in a decline')
  if (isQuestion && edited) return absent('/arguments', 'for a question')
  if (isQuestion && remember) return absent('/remember', 'for a question')
  if (isQuestion && approved && answer === undefined) return { pointer: '/answer', detail: 'must be the answer to the question' }
  if (!isQuestion && answer !== undefined) return absent('/answer', 'unless the call asks a question')
  return null
}
