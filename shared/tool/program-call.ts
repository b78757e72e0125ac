/** A call of a program as a job of its own. Pure. */
import type { CallJob } from './executor.ts'

/** What the model requested for the program, such as its approval and its time, is not for its calls. */
export function programCallJob(parent: CallJob, id: number, name: string, args: string): CallJob {
  const { timeout_ms: _, cut_off: __, ...job } = parent
  return { ...job, call_id: `${parent.call_id}.${id}`, name, arguments: args, approved: false }
}
