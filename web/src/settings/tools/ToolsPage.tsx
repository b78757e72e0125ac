import './tools.css'
import { useDeferredValue, useState } from 'react'
import type { CatalogEntryView } from '../../../../shared/api/tools.ts'
import { announce } from '../../state/announce.ts'
import { useIsAdmin } from '../../state/me.ts'
import { showToast } from '../../state/toast.ts'
import { settingsTools } from '../../strings/settings-tools.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { Empty } from '../../ui/Empty.tsx'
import { MoreButton } from '../../ui/MoreButton.tsx'
import { Page } from '../../ui/Page.tsx'
import { ReadOnlyNotice } from '../../ui/ReadOnlyNotice.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { ServersCard } from './servers/ServersCard.tsx'
import { SignInOutcome } from './servers/SignInOutcome.tsx'
import { ToolForm } from './ToolForm.tsx'
import { ToolRow } from './ToolRow.tsx'
import { getCatalog } from './tools-api.ts'

/** Tools that are shown at first, and with each “More”: a catalog may have thousands. */
const pageTools = 50

/** The tools of the workspace: which are enabled, when they ask, their limits, and who may use them. */
export default function ToolsPage() {
  const { page } = settingsTools
  const catalog = useLoad(getCatalog)
  const isAdmin = useIsAdmin()
  const [filter, setFilter] = useState('')
  const [shown, setShown] = useState(pageTools)
  const [editing, setEditing] = useState<string | null>(null)
  const wanted = useDeferredValue(filter).trim().toLowerCase()
  const done = async (text: string) => {
    setEditing(null)
    await catalog.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page title={page.title} lead={page.lead}>
      <SignInOutcome />
      {isAdmin && <ServersCard onChanged={catalog.reload} />}
      <Async load={catalog}>
        {({ tools }) => {
          const found = tools.filter((tool) => wanted === '' || textOf(tool).includes(wanted))
          return (
            <>
              {!isAdmin && <ReadOnlyNotice />}
              <Card title={page.listTitle({ count: tools.length })} description={page.listText}>
                <input
                  type="search"
                  className="tools-filter"
                  value={filter}
                  aria-label={page.filterLabel}
                  placeholder={page.filterLabel}
                  onChange={(event) => {
                    setFilter(event.currentTarget.value)
                    setShown(pageTools)
                  }}
                  data-testid="tools-filter"
                />
                {found.length === 0 && <Empty title={page.noneTitle}>{page.noneText}</Empty>}
                <ul data-testid="tools">
                  {found.slice(0, shown).map((tool) =>
                    editing === tool.name ? (
                      <li key={tool.name} className="card-row-form">
                        <ToolForm
                          key={tool.version}
                          tool={tool}
                          onDone={() => done(page.savedNotice({ name: tool.name }))}
                          onCancel={() => setEditing(null)}
                          onReload={() => void catalog.reload()}
                        />
                      </li>
                    ) : (
                      <ToolRow
                        key={tool.name}
                        tool={tool}
                        mayChange={isAdmin}
                        onEdit={() => setEditing(tool.name)}
                        onChanged={() => catalog.reload()}
                      />
                    ),
                  )}
                </ul>
                {found.length > shown && <MoreButton busy={false} onMore={() => setShown(shown + pageTools)} />}
              </Card>
            </>
          )
        }}
      </Async>
    </Page>
  )
}

const textOf = ({ name, description, declared }: CatalogEntryView): string => `${name} ${description ?? declared.description}`.toLowerCase()
