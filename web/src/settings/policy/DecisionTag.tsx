import { settingsPolicy } from '../../strings/settings-policy.ts'

/** A decision as a coloured word. */
export const DecisionTag = ({ allowed }: { readonly allowed: boolean }) => (
  <span className={allowed ? 'tag good' : 'tag bad'}>
    {allowed ? settingsPolicy.decisions.allowedTag : settingsPolicy.decisions.deniedTag}
  </span>
)
