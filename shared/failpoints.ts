/**
 * Checks on the checks: bugs that are planted to see that some test finds them, and switches that take a safety net away to see
 * that the others hold. Never true. Nothing at run time can change that: `test/chaos/build.ts` copies the sources, writes
 * another answer into the copy of this file, and runs the copy.
 */
export type Failpoint =
  // Bugs.
  | 'acknowledge-early'
  | 'skip-key'
  | 'resume-off-by-one'
  | 'plain-id-in-item'
  | 'ignore-token'
  | 'forget-fence'
  | 'keep-open-item'
  | 'two-leases'
  | 'half-answer'
  | 'drop-due'
  | 'forget-alarm'
  | 'forget-home'
  | 'cancel-leaves-stream'
  | 'any-subject'
  | 'relay-acknowledges-first'
  | 'ignore-call-token'
  | 'repeat-once'
  | 'forget-step'
  | 'claim-late'
  // Switches: no doorbell for accepted turns; no dispatch but by doorbell, alarm and waking.
  | 'doorbell-off'
  | 'dispatch-by-doorbell'

export const failpoint = (_: Failpoint): boolean => false
