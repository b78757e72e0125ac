/**
 * Failpoints test the tests. Some are planted bugs that a test must find. Others disable one safeguard, to test the others. They are never
 * active in production, and nothing at run time can change that. `test/chaos/build.ts` replaces this file in a copy of the sources.
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
  | 'run-unapproved'
  // Switches: no doorbell for accepted turns; dispatch only by doorbell, alarm and recovery.
  | 'doorbell-off'
  | 'dispatch-by-doorbell'

/** Whether the failpoint is active. Always false, except in the copy that chaos tests build. */
export const failpoint = (_: Failpoint): boolean => false
