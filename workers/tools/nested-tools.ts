/** The tools that a program calls. Each call passes catalog, policy and limits, as a call of the model does. It acts for the same user. */
import { textHash } from '../../shared/lib/text-hash.ts'
import { unlessOlder } from '../../shared/older-release.ts'
import type { NestedTools, ToolContext } from '../../shared/tool/context.ts'
import type { CallResult } from '../../shared/tool/executor.ts'
import { programCallJob } from '../../shared/tool/program-call.ts'
import type { ProgramOwner, StoredProgram } from '../../shared/tool/program-owner.ts'
import { type Tool, ToolFailure, ToolWaits } from '../../shared/tool/tool.ts'
import { type Judged, type Judges, judge } from './judge.ts'
import { runOrCheck } from './run.ts'

/** A tool that a program calls has none of its own. */
export const noNestedTools: NestedTools = {
  names: [],
  open: async () => null,
  keep: async () => {},
  call: async () => ({ outcome: 'failed', text: 'A tool that a program calls cannot call tools.' }),
}

const stopped: CallResult = { outcome: 'failed', text: 'It was stopped before it ran.' }
const otherWay = 'The program was interrupted, and makes other calls than it made before. Run it again.'

/** The tools for a program that the call `job` runs. `owner`: the session, which keeps the program and its results. */
export function nestedTools(
  { job, signal, services }: Omit<ToolContext, 'nested'>,
  tools: readonly Tool[],
  judges: Judges,
  owner: ProgramOwner,
): NestedTools {
  const attempt = { turn_id: job.turn_id, call_id: job.call_id, token: job.token }
  let stored: StoredProgram | null = null
  // A sub-agent outlives the program's attempt. Without a record of its results, an interrupted program makes its calls again.
  const offered = (isKept: boolean) =>
    tools.filter((tool) => !tool.delegates && tool.name !== job.name && (isKept || tool.effect !== 'once'))
  const catalog = (): number => Number.parseInt(textHash(JSON.stringify(offered(true).map(({ name }) => name))).slice(0, 12), 16)

  async function attemptCall(name: string, args: string, id: number): Promise<CallResult> {
    const call = programCallJob(job, id, name, args)
    const judged = await judge(call, offered(stored !== null), judges)
    if (!('declared' in judged)) return judged.verdict.result
    if (judged.verdict.kind === 'ask' && (stored === null || judged.verdict.need === null)) return needsPerson(name)
    if (signal.aborted) return stopped
    const claim = stored && (await claimed(judged, id))
    if (stored && claim === null) return stopped
    // A claim that was granted has the approval that the call needs.
    const approved = { ...judged, verdict: { kind: 'run', arguments: judged.verdict.arguments } as const }
    const run = { ...call, arguments: judged.verdict.arguments, ...(claim === 'cut_off' && { cut_off: true as const }) }
    const { outcome, text } = await runOrCheck(approved, { job: run, signal, services, nested: noNestedTools }, () => {})
    return { outcome, text }
  }

  /** Claims a call that must not run twice, or that needs an approval. Null: it is not needed any more. */
  async function claimed({ declared, verdict }: Judged, id: number): Promise<'granted' | 'cut_off' | null> {
    const once = declared.effect === 'once'
    const approval = verdict.kind === 'ask' && verdict.need ? verdict.need : undefined
    if (!once && !approval) return 'granted'
    const claim = await owner.claimProgramCall(attempt, id, { once, approval })
    if (claim !== 'unapproved' || verdict.kind !== 'ask') return claim === 'unapproved' ? null : claim
    const reason = `The program calls ${declared.name}. ${verdict.reason}`
    throw new ToolWaits(reason, {
      ...verdict,
      reason,
      ask: { ...verdict.ask, program: { id, name: declared.name, effect: declared.effect } },
    })
  }

  return {
    get names() {
      return offered(stored !== null).map(({ name }) => name)
    },
    async open() {
      // A session of an earlier release keeps no programs.
      stored = await unlessOlder(() => owner.openProgram(attempt, catalog()))
      return stored
    },
    async keep(program) {
      if (stored && (await owner.keepProgram(attempt, { ...program, catalog: catalog() })) === false) throw new ToolFailure(otherWay)
    },
    async call(name, args, id) {
      const before = stored?.calls.find((call) => call.id === id)?.result
      if (before) return before
      const result = await attemptCall(name, args, id)
      if (stored) await owner.endProgramCall(attempt, id, result)
      return result
    },
  }
}

/** A question waits for an answer, and a program whose session keeps nothing does not outlive its attempt. */
const needsPerson = (name: string): CallResult => ({
  outcome: 'denied',
  text: `${name} waits for a person, and a program cannot. Call ${name} directly.`,
})
