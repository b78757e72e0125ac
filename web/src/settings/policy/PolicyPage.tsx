import './policy.css'
import type { PolicyInForce } from '../../../../shared/api/policy.ts'
import { Async } from '../../ui/Async.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { PolicyTry } from './PolicyTry.tsx'
import { PolicyWhatIf } from './PolicyWhatIf.tsx'
import { readPolicy } from './policy-api.ts'

/** Shows the policy in force, explains its decisions, and compares another policy with it. */
export default function PolicyPage() {
  const policy = useLoad(readPolicy)
  return (
    <Page title="Policy" lead="Every request is decided by one policy, written in Rego. What no rule permits is denied.">
      <Async load={policy}>
        {(inForce) => (
          <>
            <InForce policy={inForce} />
            {inForce.source !== 'remote' && <PolicyTry />}
            <PolicyWhatIf />
          </>
        )}
      </Async>
    </Page>
  )
}

const sources = {
  built_in: 'The one that Soma comes with',
  tenant: 'This tenant’s own',
  remote: 'An OPA server’s; it explains itself there',
} as const

function InForce({ policy: { source, usable, revision, hash, at, subject, takes } }: { readonly policy: PolicyInForce }) {
  return (
    <dl className="facts" data-testid="policy-in-force">
      <dt>In force</dt>
      <dd>
        {sources[source]}
        {!usable && (
          <p className="bad" role="alert">
            This version of Soma cannot load it, so everything is denied. Hand in another with a higher revision.
          </p>
        )}
      </dd>
      <dt>Revision</dt>
      <dd>
        {revision}
        {subject !== null && (
          <span className="faint">
            {' '}
            · handed in by {subject} <RelativeTime at={at} />
          </span>
        )}
      </dd>
      <dt>Hash</dt>
      <dd className="policy-hash">
        <code>{hash}</code>
        <CopyButton text={hash} label="Copy the hash" testId="copy-hash" />
      </dd>
      <dt>Another one</dt>
      <dd>
        {takes ? (
          <>
            Sign it and hand it in with <code>npm run policy</code> or <code>PUT /v1/policy</code>. It is in force within two seconds.
          </>
        ) : (
          <>
            Nobody may sign one here yet: set <code>SOMA_POLICY_KEYS</code>.
          </>
        )}
      </dd>
    </dl>
  )
}
