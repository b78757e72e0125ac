import './policy.css'
import type { ActivePolicy } from '../../../../shared/api/policy.ts'
import { Async } from '../../ui/Async.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { PolicyTry } from './PolicyTry.tsx'
import { PolicyWhatIf } from './PolicyWhatIf.tsx'
import { readPolicy } from './policy-api.ts'

/** Shows the active policy, explains its decisions, and compares another policy with it. */
export default function PolicyPage() {
  const policy = useLoad(readPolicy)
  return (
    <Page title="Policy" lead="One policy, written in Rego, decides every request. A request that no rule permits is denied.">
      <Async load={policy}>
        {(active) => (
          <>
            <Active policy={active} />
            {active.source !== 'remote' && <PolicyTry />}
            <PolicyWhatIf />
          </>
        )}
      </Async>
    </Page>
  )
}

const sources = {
  built_in: 'Soma’s built-in policy',
  tenant: 'This tenant’s own',
  remote: 'Decided by an OPA server, which also has the explanations',
} as const

function Active({ policy: { source, usable, revision, hash, at, subject, takes } }: { readonly policy: ActivePolicy }) {
  return (
    <dl className="facts" data-testid="policy-in-force">
      <dt>Active</dt>
      <dd>
        {sources[source]}
        {!usable && (
          <p className="bad" role="alert">
            This version of Soma cannot load it, so everything is denied. Upload another one with a higher revision.
          </p>
        )}
      </dd>
      <dt>Revision</dt>
      <dd>
        {revision}
        {subject !== null && (
          <span className="faint">
            {' '}
            · uploaded by {subject} <RelativeTime at={at} />
          </span>
        )}
      </dd>
      <dt>Hash</dt>
      <dd className="policy-hash">
        <code>{hash}</code>
        <CopyButton text={hash} label="Copy the hash" testId="copy-hash" />
      </dd>
      <dt>Replace the policy</dt>
      <dd>
        {takes ? (
          <>
            Sign and upload it with <code>npm run policy</code> or <code>PUT /v1/policy</code>. It is active within two seconds.
          </>
        ) : (
          <>
            No signing key is configured yet: set <code>SOMA_POLICY_KEYS</code>.
          </>
        )}
      </dd>
    </dl>
  )
}
