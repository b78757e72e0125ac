import '../policy/policy.css'
import './constitution.css'
import { auth } from '../../state/auth.ts'
import { useSignal } from '../../state/signal.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Empty, Failed, Page } from '../../ui/parts.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { ConstitutionHistory } from './ConstitutionHistory.tsx'
import { ConstitutionLoad } from './ConstitutionLoad.tsx'
import { ConstitutionRules } from './ConstitutionRules.tsx'
import { type ConstitutionInForce, readConstitution } from './constitution-api.ts'

/** What the tenant has bound itself to, for everyone to read; an administrator can put another in force, or an earlier one back. */
export default function ConstitutionPage() {
  const [loaded, again] = useLoad(readConstitution)
  const who = useSignal(auth)
  const role = who.kind === 'in' || who.kind === 'expired' ? who.me.role : null
  const admin = role === 'owner' || role === 'admin'
  return (
    <Page
      title="Constitution"
      lead="What everyone here has agreed to. It is asked beside the policy, and what an article refuses is denied."
    >
      {loaded.kind === 'failed' && <Failed trouble={loaded.trouble} again={() => void again()} />}
      {loaded.kind === 'ready' && (
        <>
          <InForce now={loaded.value.now} admin={admin} />
          {loaded.value.versions.length > 0 && (
            <ConstitutionHistory now={loaded.value.now} versions={loaded.value.versions} admin={admin} again={again} />
          )}
          {admin && <ConstitutionLoad now={loaded.value.now} again={again} />}
        </>
      )}
    </Page>
  )
}

function InForce({ now, admin }: { readonly now: ConstitutionInForce; readonly admin: boolean }) {
  const { constitution, version, checksum, loaded_at, loaded_by, rolled_back_from } = now
  if (constitution === null)
    return (
      <Empty title="No constitution yet">
        Nothing narrows the policy. {admin ? 'Write one down as JSON, sign it, and load it below.' : 'An administrator can load one.'}
      </Empty>
    )
  return (
    <article className="constitution" data-testid="constitution" aria-label={constitution.name}>
      <header>
        <h2>{constitution.name}</h2>
        <p>
          <span className="tag">Version {version}</span>
          <span>
            {rolled_back_from === null ? 'loaded' : `put back in place of version ${rolled_back_from}`} by {loaded_by}{' '}
            <Moment at={loaded_at} />
          </span>
        </p>
      </header>
      {constitution.principles.length > 0 && (
        <section aria-label="Principles">
          <h3>Principles</h3>
          <ul className="constitution-principles">
            {constitution.principles.map((principle) => (
              <li key={principle}>{principle}</li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="Articles">
        <h3>Articles</h3>
        {constitution.rules.length === 0 ? (
          <p className="faint">None: this constitution binds nobody to anything.</p>
        ) : (
          <ConstitutionRules rules={constitution.rules} />
        )}
      </section>
      {checksum !== null && (
        <footer>
          <span>Checksum</span>
          <code>{checksum}</code>
          <CopyButton text={checksum} label="Copy the checksum" testId="copy-checksum" />
        </footer>
      )}
    </article>
  )
}
