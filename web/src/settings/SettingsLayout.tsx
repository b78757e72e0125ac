import './settings-layout.css'
import { ArrowLeft } from 'lucide-react'
import { Suspense, useEffect } from 'react'
import { Link, useLocation } from 'wouter'
import { NotFound } from '../app/NotFound.tsx'
import { useIsAdmin, useMe } from '../state/me.ts'
import { settings } from '../strings/settings.ts'
import { Boundary, PageError } from '../ui/Boundary.tsx'
import { PageSkeleton } from '../ui/Page.tsx'
import { pages } from './pages.ts'

const root = '/settings'

/** The settings area: a list of pages on the left. On a phone the list is a page of its own. */
export default function SettingsLayout() {
  const [path] = useLocation()
  // The user may leave the first page before its code has loaded.
  firstPath ??= path
  const me = useMe()
  const isAdmin = useIsAdmin()
  const visiblePages = pages.filter(({ admins }) => !admins || isAdmin)
  const name = path.slice(root.length + 1) || 'account'
  const page = pages.find((one) => one.path === name)
  const { layout } = settings
  const groupNames = { you: layout.youGroup, workspace: layout.workspaceGroup({ name: me?.tenant ?? '' }) }
  useTitle(page?.label)
  return (
    <div className="settings" data-list={path === root || path === `${root}/`} data-testid="settings">
      <nav aria-label={layout.title}>
        <Link href="/" className="side-action settings-back">
          <ArrowLeft aria-hidden /> {layout.backLink}
        </Link>
        <Link href={root} className="side-action settings-up">
          <ArrowLeft aria-hidden /> {layout.allLink}
        </Link>
        <h1 className="settings-title" tabIndex={-1}>
          {layout.title}
        </h1>
        <div className="settings-pages">
          {(['you', 'workspace'] as const).map((group) => {
            const list = visiblePages.filter((one) => one.group === group)
            return list.length === 0 ? null : (
              <div key={group} className="settings-group">
                <h2 className="settings-group-name">{groupNames[group]}</h2>
                {list.map(({ path: to, label, Icon }) => (
                  <Link key={to} href={`${root}/${to}`} className="side-action" aria-current={to === name ? 'page' : undefined}>
                    <Icon aria-hidden /> {label}
                  </Link>
                ))}
              </div>
            )
          })}
        </div>
      </nav>
      {page ? (
        <Boundary key={page.path} fallback={<PageError />}>
          <Suspense fallback={<PageSkeleton />}>
            <page.Page />
            <FocusHeading path={path} />
          </Suspense>
        </Boundary>
      ) : (
        <NotFound />
      )}
    </div>
  )
}

/** Sets the document's title. */
function useTitle(label: string | undefined): void {
  useEffect(() => {
    document.title = label ? `${label} · Soma` : 'Soma'
  }, [label])
}

/** Moves the focus to the heading after a navigation. The first page that is opened keeps the focus where it is. */
function FocusHeading({ path }: { readonly path: string }) {
  useEffect(() => {
    if (navigated || path !== firstPath) document.querySelector<HTMLElement>('.settings main h1')?.focus({ preventScroll: true })
    navigated = true
  }, [path])
  return null
}

let firstPath: string | undefined
let navigated = false
