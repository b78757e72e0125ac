/** What can be planted in a build that is to be tested. */
import type { Failpoint } from '../../shared/failpoints.ts'

/** Safety nets that can be taken away. */
export const switches = ['doorbell-off', 'dispatch-by-doorbell'] as const satisfies readonly Failpoint[]

type Bug = Exclude<Failpoint, (typeof switches)[number]>

const all: Readonly<Record<Bug, true>> = {
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
}

/** Every bug there is: a new one that nothing looks for does not compile. */
export const bugs = Object.keys(all) as readonly Bug[]
