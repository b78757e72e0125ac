/** The tools that a program calls. Each call passes catalog, policy and limits, as a call of the model does. It acts for the same user. */
import type { NestedTools, ToolContext } from '../../shared/tool/context.ts'
import type { CallJob, CallResult } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'
import { type Judges, judge } from './judge.ts'
import { run } from './run.ts'

/** A tool that a program calls has none of its own. */
export const noNestedTools: NestedTools = {
  names: [],
  call: async () => ({ outcome: 'failed', text: 'A tool that a program calls cannot call tools.' }),
}

/** Tools that may run again: a fault repeats the program, with each of its calls. A sub-agent outlives the program's attempt. */
const mayRepeat = ({ effect, delegates }: Tool): boolean => effect !== 'once' && !delegates

/** The tools for a program that the call `job` runs. */
export function nestedTools({ job, signal, services }: Omit<ToolContext, 'nested'>, tools: readonly Tool[], judges: Judges): NestedTools {
  const offered = tools.filter((tool) => mayRepeat(tool) && tool.name !== job.name)
  return {
    names: offered.map(({ name }) => name),
    async call(name, args, id) {
      const call = nestedJob(job, name, args, id)
      const judged = await judge(call, offered, judges)
      if (!('declared' in judged)) return judged.verdict.result
      if (judged.verdict.kind === 'ask') return needsPerson(name)
      if (signal.aborted) return { outcome: 'failed', text: 'It was stopped before it ran.' }
      const context = { job: { ...call, arguments: judged.verdict.arguments }, signal, services, nested: noNestedTools }
      return run(judged.declared, judged.tool, context)
    },
  }
}

/** What the model requested for the program, such as its approval and its time, is not for its calls. */
function nestedJob(parent: CallJob, name: string, args: string, id: number): CallJob {
  const { timeout_ms: _, cut_off: __, ...job } = parent
  return { ...job, call_id: `${parent.call_id}.${id}`, name, arguments: args, approved: false }
}

/** A program does not outlive its attempt, and a person may take days. */
const needsPerson = (name: string): CallResult => ({
  outcome: 'denied',
  text: `${name} waits for a person, and a program cannot. Call ${name} directly.`,
})
