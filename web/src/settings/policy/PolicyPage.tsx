import './policy.css'
import type { ActivePolicy } from '../../../../shared/api/policy.ts'
import { insert } from '../../strings/insert.ts'
import { settingsPolicy } from '../../strings/settings-policy.ts'
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
    <Page title={settingsPolicy.page.title} lead={settingsPolicy.page.lead}>
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

const sources = { built_in: 'builtIn', tenant: 'own', remote: 'remote' } as const

function Active({ policy: { source, usable, revision, hash, at, subject, takes } }: { readonly policy: ActivePolicy }) {
  const texts = settingsPolicy.active
  return (
    <dl className="facts" data-testid="policy-in-force">
      <dt>{texts.label}</dt>
      <dd>
        {texts[sources[source]]}
        {!usable && (
          <p className="bad" role="alert">
            {texts.unusable}
          </p>
        )}
      </dd>
      <dt>{texts.revision}</dt>
      <dd>
        {revision}
        {subject !== null && <span className="faint"> · {insert(texts.uploadedBy, { subject, time: <RelativeTime at={at} /> })}</span>}
      </dd>
      <dt>{texts.hash}</dt>
      <dd className="policy-hash">
        <code>{hash}</code>
        <CopyButton text={hash} label={texts.copyHash} testId="copy-hash" />
      </dd>
      <dt>{texts.replace}</dt>
      <dd>
        {takes
          ? insert(texts.replaceHow, { command: <code>npm run policy</code>, request: <code>PUT /v1/policy</code> })
          : insert(texts.noSigningKey, { variable: <code>SOMA_POLICY_KEYS</code> })}
      </dd>
    </dl>
  )
}
