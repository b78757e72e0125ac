/** The failpoints that a build under test can activate. */
import type { Failpoint } from '../../shared/failpoints.ts'

/** Failpoints that remove a redundant path. Every test must still pass. */
export const switches = ['doorbell-off', 'dispatch-by-doorbell'] as const satisfies readonly Failpoint[]

type Bug = Exclude<Failpoint, (typeof switches)[number]>

const bugSet: Readonly<Record<Bug, true>> = {
  'acknowledge-early': true,
  'skip-key': true,
  'resume-off-by-one': true,
  'plain-id-in-item': true,
  'ignore-token': true,
  'forget-fence': true,
  'keep-open-item': true,
  'two-leases': true,
  'half-answer': true,
  'drop-due': true,
  'forget-alarm': true,
  'forget-home': true,
  'cancel-leaves-stream': true,
  'any-subject': true,
  'relay-acknowledges-first': true,
  'ignore-call-token': true,
  'repeat-once': true,
  'forget-step': true,
  'claim-late': true,
  'run-unapproved': true,
}

/** Every failpoint that is a bug. A new bug must be added here, or the file does not compile. */
export const bugs = Object.keys(bugSet) as readonly Bug[]
