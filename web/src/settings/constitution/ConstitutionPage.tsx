import '../policy/policy.css'
import './constitution.css'
import type { ActiveConstitution } from '../../../../shared/api/constitution.ts'
import { useIsAdmin } from '../../state/me.ts'
import { insert } from '../../strings/insert.ts'
import { settingsConstitution } from '../../strings/settings-constitution.ts'
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

/** Shows the workspace's constitution to every user. An administrator can load another one or roll back. */
export default function ConstitutionPage() {
  const constitution = useLoad(readConstitution)
  const { reload } = constitution
  const isAdmin = useIsAdmin()
  return (
    <Page title={settingsConstitution.page.title} lead={settingsConstitution.page.lead}>
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
  const { page, active: texts } = settingsConstitution
  if (constitution === null)
    return (
      <Empty title={page.emptyTitle}>
        {page.emptyText} {isAdmin ? page.emptyAdmin : page.emptyMember}
      </Empty>
    )
  return (
    <article className="constitution" data-testid="constitution" aria-label={constitution.name}>
      <header>
        <h2>{constitution.name}</h2>
        <p>
          <span className="tag">{texts.version({ version })}</span>
          <span>
            {insert(rolled_back_from === null ? texts.loadedBy : texts.restoredBy, {
              version: rolled_back_from,
              subject: loaded_by,
              time: <RelativeTime at={loaded_at} />,
            })}
          </span>
        </p>
      </header>
      {constitution.principles.length > 0 && (
        <section aria-label={texts.principles}>
          <h3>{texts.principles}</h3>
          <ul className="constitution-principles">
            {constitution.principles.map((principle) => (
              <li key={principle}>{principle}</li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label={texts.articles}>
        <h3>{texts.articles}</h3>
        {constitution.rules.length === 0 ? <p className="faint">{texts.noArticles}</p> : <ConstitutionRules rules={constitution.rules} />}
      </section>
      {checksum !== null && (
        <footer>
          <span>{texts.checksum}</span>
          <code>{checksum}</code>
          <CopyButton text={checksum} label={texts.copyChecksum} testId="copy-checksum" />
        </footer>
      )}
    </article>
  )
}
