import '../policy/policy.css'
import './constitution.css'
import type { ActiveConstitution } from '../../../../shared/api/constitution.ts'
import { useIsAdmin } from '../../state/me.ts'
import { Async } from '../../ui/Async.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { Page } from '../../ui/Page.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { ConstitutionHistory } from './ConstitutionHistory.tsx'
import { ConstitutionLoad } from './ConstitutionLoad.tsx'
import { ConstitutionRules } from './ConstitutionRules.tsx'
import { readConstitution } from './constitution-api.ts'

/** Shows the tenant's constitution to every user. An administrator can load another one or roll back. */
export default function ConstitutionPage() {
  const constitution = useLoad(readConstitution)
  const { reload } = constitution
  const isAdmin = useIsAdmin()
  return (
    <Page title="Constitution" lead="Rules for everyone in this workspace. They apply after the policy, and can only deny.">
      <Async load={constitution}>
        {({ now, versions }) => (
          <>
            <Active now={now} isAdmin={isAdmin} />
            {versions.length > 0 && <ConstitutionHistory now={now} versions={versions} isAdmin={isAdmin} reload={reload} />}
            {isAdmin && <ConstitutionLoad now={now} reload={reload} />}
          </>
        )}
      </Async>
    </Page>
  )
}

function Active({ now, isAdmin }: { readonly now: ActiveConstitution; readonly isAdmin: boolean }) {
  const { constitution, version, checksum, loaded_at, loaded_by, rolled_back_from } = now
  if (constitution === null)
    return (
      <Empty title="No constitution yet">
        No constitution restricts the policy.{' '}
        {isAdmin ? 'Write one as JSON, sign it, and load it below.' : 'An administrator can load one.'}
      </Empty>
    )
  return (
    <article className="constitution" data-testid="constitution" aria-label={constitution.name}>
      <header>
        <h2>{constitution.name}</h2>
        <p>
          <span className="tag">Version {version}</span>
          <span>
            {rolled_back_from === null ? 'loaded' : `restored in place of version ${rolled_back_from}`} by {loaded_by}{' '}
            <RelativeTime at={loaded_at} />
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
          <p className="faint">None: this constitution denies nothing.</p>
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
